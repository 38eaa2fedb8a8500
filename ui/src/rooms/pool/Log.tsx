import { TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { commands } from "../../border/commands";
import { Asked } from "../../kit/Asked";
import { useAsk } from "../../kit/ask";
import { Empty } from "../../kit/Empty";
import { exact } from "../../kit/format";
import { folded, logWords, type ShownLine } from "./words";

const TONE: Record<string, string> = { merge: "ok", warning: "warn", error: "alarm" };

/** The permanent log of the exchange. */
export function Log() {
  const { t } = useTranslation();
  const [query, setQuery] = useState("");
  const [asked] = useDebouncedValue(query.trim(), 200);
  const log = useAsk(["sync", "log", asked], () => commands.syncLog(asked));
  return (
    <section className="log" aria-label={t("pool:log")}>
      <h2 className="heading">{t("pool:log")}</h2>
      <TextInput
        aria-label={t("pool:log.find")}
        placeholder={t("pool:log.find")}
        value={query}
        onChange={(event) => setQuery(event.currentTarget.value)}
      />
      <Asked asked={log}>
        {(lines) =>
          lines.length === 0 ? (
            <Empty words={t(asked === "" ? "pool:log.empty" : "pool:log.none")} />
          ) : (
            <ul className="plain-list">
              {folded(lines).map((line, index) => (
                <Line key={`${line.at}${line.code}${index}`} line={line} />
              ))}
            </ul>
          )
        }
      </Asked>
    </section>
  );
}

function Line({ line }: { line: ShownLine }) {
  return (
    <li className="log-line">
      <time className="small muted">{exact(line.at)}</time>
      <span className={TONE[line.level] ?? ""}>{logWords(line)}</span>
    </li>
  );
}
