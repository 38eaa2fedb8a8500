import { Button, NumberInput, Select, Slider, Switch, TextInput } from "@mantine/core";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useApp, useMe, useSettings } from "../../app/asks";
import { commands } from "../../border/commands";
import type { Settings } from "../../border/generated";
import { Asked } from "../../kit/Asked";
import { useAct } from "../../kit/ask";
import { Foot, Top } from "../../kit/Slots";
import { Apart } from "./Apart";
import { Diagnostics } from "./Diagnostics";
import { Keys } from "./Keys";
import { People } from "./People";
import { Uplink } from "./Uplink";
import "./settings.css";

/** What the person may choose, who works here, and the facts for support. */
export function SettingsRoom() {
  const { t } = useTranslation();
  const settings = useSettings();
  const me = useMe();
  const version = useApp().data?.version ?? "";
  const change = useChange();
  return (
    <>
      <Top title={t("app:room.settings")} crumb={me ? `${me.name} · ${me.centre}` : undefined} />
      <Foot>
        <span>{t("settings:foot", { version })}</span>
      </Foot>
      <div className="room settings">
        <div className="settings-main">
          <Asked asked={settings}>{(now) => <Looks now={now} change={change} />}</Asked>
          <People />
          <Apart />
        </div>
        <div className="settings-main">
          <Asked asked={settings}>{(now) => <Exchange now={now} change={change} />}</Asked>
          <Keys />
          <Diagnostics />
        </div>
      </div>
    </>
  );
}

/** Keeps a part of the choices and leaves the others as the core holds them. */
async function keep(part: Partial<Settings>): Promise<Settings> {
  return commands.saveSettings({ ...(await commands.settings()), ...part });
}

/** One change after another, each on what the core holds then: a quick hand loses no choice. */
function useChange(): Change {
  const save = useAct(keep, "settings", "app", "sync");
  const last = useRef<Promise<unknown>>(Promise.resolve());
  return (part) => {
    last.current = last.current.then(() => save.run(part));
  };
}

type Change = (part: Partial<Settings>) => void;
type Props = { now: Settings; change: Change };

/** How the window looks, and how long a text is when read aloud. */
function Looks({ now, change }: Props) {
  const { t } = useTranslation();
  return (
    <>
      <section className="card choices" aria-label={t("settings:look")}>
        <h2 className="heading">{t("settings:look")}</h2>
        <Select
          label={t("settings:language")}
          value={now.language}
          onChange={(language) => change({ language: language ?? now.language })}
          data={[
            { value: "zh-CN", label: t("app:language.zh-CN") },
            { value: "en", label: t("app:language.en") },
          ]}
        />
        <Select
          label={t("settings:theme")}
          value={now.theme}
          onChange={(theme) => change({ theme: theme ?? now.theme })}
          data={["system", "light", "dark"].map((value) => ({ value, label: t(`settings:theme.${value}`) }))}
        />
        <TextSize value={now.textSize} onChange={(textSize) => change({ textSize })} />
      </section>
      <section className="card choices" aria-label={t("settings:write")}>
        <h2 className="heading">{t("settings:write")}</h2>
        <NumberInput
          label={t("settings:speed")}
          description={t("settings:speed.note")}
          min={60}
          max={600}
          step={10}
          value={now.readingSpeed}
          onBlur={(event) => {
            const speed = Number(event.currentTarget.value);
            if (speed >= 60 && speed <= 600 && speed !== now.readingSpeed) change({ readingSpeed: speed });
          }}
        />
      </section>
    </>
  );
}

/** The exchange with the pool, the way up, and the folder that is watched. */
function Exchange({ now, change }: Props) {
  const { t } = useTranslation();
  const pick = useAct(commands.pickFolder);
  const [hot, setHot] = useState(now.hotFolder);
  const pickHot = async () => {
    const folder = await pick.run();
    if (!folder) return;
    setHot(folder);
    change({ hotFolder: folder });
  };
  return (
    <section className="card choices" aria-label={t("settings:exchange")}>
      <h2 className="heading">{t("settings:exchange")}</h2>
      <Switch
        label={t("settings:sync")}
        description={t("settings:sync.note")}
        checked={now.syncOn}
        onChange={(event) => change({ syncOn: event.currentTarget.checked })}
      />
      <Uplink now={now} change={change} />
      <form
        className="line"
        style={{ alignItems: "flex-end", flexWrap: "nowrap" }}
        onSubmit={(event) => {
          event.preventDefault();
          change({ hotFolder: hot.trim() });
        }}
      >
        <TextInput
          className="grow"
          label={t("settings:hot")}
          description={t("settings:hot.note")}
          value={hot}
          onChange={(event) => setHot(event.currentTarget.value)}
        />
        <Button variant="default" type="submit" disabled={hot.trim() === now.hotFolder}>
          {t("kit:save")}
        </Button>
        <Button variant="default" onClick={() => void pickHot()}>
          {t("kit:choose")}
        </Button>
      </form>
    </section>
  );
}

function TextSize({ value, onChange }: { value: number; onChange: (size: number) => void }) {
  const { t } = useTranslation();
  const [size, setSize] = useState(value);
  return (
    <div>
      <span className="label">{t("settings:size", { size })}</span>
      <Slider
        min={14}
        max={32}
        step={1}
        value={size}
        onChange={setSize}
        onChangeEnd={onChange}
        thumbLabel={t("settings:size", { size })}
      />
      <p className="sample" style={{ fontSize: size }}>
        {t("settings:size.sample")}
      </p>
    </div>
  );
}
