import { Button, TextInput } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { commands } from "../../border/commands";
import type { AppState, Place } from "../../border/generated";
import { useAct } from "../../kit/ask";
import { size } from "../../kit/format";

const COMFORTABLE_BYTES = 20_000_000_000;

/** Where the library lies, with the facts of that place before it is taken. */
export function ChoosePlace({ state, onDone }: { state: AppState; onDone: () => void }) {
  const { t } = useTranslation();
  const [dir, setDir] = useState(state.library);
  const [place, setPlace] = useState<Place | null>(null);
  const check = useAct(commands.checkPlace);
  const choose = useAct(commands.chooseLibrary, "app");
  const pick = useAct(commands.pickFolder);

  const look = async (where: string) => setPlace((await check.run(where)) ?? null);
  const looked = useRef(false);
  useEffect(() => {
    if (looked.current) return;
    looked.current = true;
    void look(state.library);
  });
  const pickFolder = async () => {
    const picked = await pick.run();
    if (!picked) return;
    setDir(picked);
    await look(picked);
  };
  const next = async () => {
    const facts = place?.dir === dir ? place : await check.run(dir);
    if (!facts) return;
    setPlace(facts);
    if (!facts.writable) return;
    if (await choose.run(dir)) onDone();
  };
  return (
    <>
      <h2 className="heading">{t("app:first.place")}</h2>
      <div className="line" style={{ alignItems: "flex-end", flexWrap: "nowrap" }}>
        <TextInput
          className="grow"
          label={t("app:first.place.label")}
          value={dir}
          onChange={(event) => setDir(event.currentTarget.value)}
          onBlur={() => void look(dir)}
          data-test="library-path"
        />
        <Button variant="default" onClick={() => void pickFolder()}>
          {t("kit:choose")}
        </Button>
      </div>
      {place && place.dir === dir ? <PlaceFacts place={place} /> : null}
      <Button
        onClick={() => void next()}
        loading={check.busy || choose.busy}
        disabled={dir === ""}
        data-test="first-next"
      >
        {t("app:first.next")}
      </Button>
    </>
  );
}

function PlaceFacts({ place }: { place: Place }) {
  const { t } = useTranslation();
  return (
    <div className="stack tight small" role="status">
      <span>{t("app:first.place.free", { size: size(place.freeBytes) })}</span>
      {place.writable ? null : <span className="alarm">{t("app:first.place.locked")}</span>}
      {place.taken ? <span>{t("app:first.place.taken")}</span> : null}
      {place.removable ? <span className="warn">{t("app:first.place.removable")}</span> : null}
      {place.freeBytes < COMFORTABLE_BYTES ? (
        <span className="warn">{t("app:first.place.small")}</span>
      ) : null}
    </div>
  );
}
