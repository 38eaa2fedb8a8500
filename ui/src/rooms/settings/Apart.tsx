import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useMe } from "../../app/asks";
import { commands } from "../../border/commands";
import type { ApartCard } from "../../border/generated";
import { useAct, useAsk } from "../../kit/ask";
import { sentenceOf } from "../../kit/failure";
import { exact, size } from "../../kit/format";
import { tell } from "../../kit/notices";

/** What the pool keeps apart, for administrators: looked at and copied out, never taken in by itself. */
export function Apart() {
  const me = useMe();
  return me?.roles.includes("administrator") ? <List /> : null;
}

function List() {
  const { t } = useTranslation();
  const apart = useAsk(["people", "quarantine"], commands.quarantine);
  const lines = apart.data ?? [];
  const page = useAct(commands.poolPage);
  const link = useAct(commands.openLink);
  const open = async () => {
    const url = await page.run();
    if (url) await link.run(url);
  };
  return (
    <section className="card choices" aria-label={t("settings:apart")} data-test="apart">
      <header className="line">
        <h2 className="heading grow" style={{ margin: 0 }}>
          {t("settings:apart")}
        </h2>
        <Button variant="default" loading={page.busy} onClick={() => void open()}>
          {t("settings:apart.page")}
        </Button>
        <Button variant="default" loading={apart.isFetching} onClick={() => void apart.refetch()}>
          {t("settings:apart.again")}
        </Button>
      </header>
      <p className="small soft">{t("settings:apart.note")}</p>
      {apart.isError ? <p className="small">{sentenceOf(apart.error.code)}</p> : null}
      {apart.isSuccess && lines.length === 0 ? <p className="small">{t("settings:apart.none")}</p> : null}
      <ul className="plain-list apart-list">
        {lines.map((line) => (
          <Line key={line.id} line={line} />
        ))}
      </ul>
    </section>
  );
}

function Line({ line }: { line: ApartCard }) {
  const { t } = useTranslation();
  const pick = useAct(commands.pickFolder);
  const copy = useAct(commands.exportApart);
  const out = async () => {
    const folder = await pick.run();
    if (!folder) return;
    const made = await copy.run(line.id, folder);
    if (made) tell(t("settings:apart.copied", { path: made }));
  };
  const what = t(`settings:apart.what.${line.what}`);
  return (
    <li className="person" data-test="apart-line">
      <div className="line">
        <strong>{line.name || t("settings:apart.nobody")}</strong>
        <span className="grow">
          {what}
          {line.headline ? t("settings:apart.on", { headline: line.headline }) : null}
        </span>
        <button
          type="button"
          className="link small"
          aria-label={t("settings:apart.copy.named", { what, name: line.name })}
          onClick={() => void out()}
        >
          {t("settings:apart.copy")}
        </button>
      </div>
      <div className="small muted">
        {exact(line.at)} · {size(line.bytes)} ·{" "}
        {t(line.isSigned ? "settings:apart.signed" : "settings:apart.unsigned")}
      </div>
      <div className="small">{sentenceOf(line.code)}</div>
    </li>
  );
}
