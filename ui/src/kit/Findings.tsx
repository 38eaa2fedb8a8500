import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { FindingCard } from "../border/generated";
import { findingWords } from "./failure";
import { Pill, type Tone } from "./Pill";

const TONES: Record<string, Tone> = { must: "alarm", should: "warn", info: "plain" };
const ORDER = ["must", "should", "info"];

type Props = {
  findings: readonly FindingCard[];
  /** What is said when there is nothing. */
  none: string;
  /** Leads to the place of a finding. */
  jump?: ((finding: FindingCard) => ReactNode) | undefined;
};

/** What the checks found, the gravest first. */
export function Findings({ findings, none, jump }: Props) {
  const { t } = useTranslation();
  if (findings.length === 0) return <p className="small ok">✓ {none}</p>;
  const sorted = findings.toSorted((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
  return (
    <ul className="plain-list stack tight">
      {sorted.map((finding) => (
        <li key={`${finding.code}${finding.place}${JSON.stringify(finding.params)}`} className="finding">
          <Pill tone={TONES[finding.severity] ?? "plain"}>{t(`kit:severity.${finding.severity}`)}</Pill>
          <span className="grow">{findingWords(finding.code, finding.params)}</span>
          {jump?.(finding)}
        </li>
      ))}
    </ul>
  );
}
