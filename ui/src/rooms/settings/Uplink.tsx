import { NumberInput, Switch, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Settings } from "../../border/generated";
import { clockOf, minuteOf } from "./clock";

type Props = { now: Settings; change: (part: Partial<Settings>) => void };

/** The way up: how fast, on what line, at what hours, and until when. */
export function Uplink({ now, change }: Props) {
  const { t } = useTranslation();
  return (
    <>
      <NumberInput
        key={now.uplinkKbit}
        label={t("settings:uplink.kbit")}
        description={t("settings:uplink.kbit.note")}
        min={0}
        max={4_000_000}
        step={256}
        allowDecimal={false}
        allowNegative={false}
        defaultValue={now.uplinkKbit}
        onBlur={(event) => {
          const limit = Number(event.currentTarget.value);
          if (Number.isInteger(limit) && limit !== now.uplinkKbit) change({ uplinkKbit: limit });
        }}
      />
      <Switch
        label={t("settings:uplink.metered")}
        description={t("settings:uplink.metered.note")}
        checked={now.isMetered}
        onChange={(event) => change({ isMetered: event.currentTarget.checked })}
      />
      <Switch
        label={t("settings:uplink.night")}
        description={t("settings:uplink.night.note")}
        checked={now.nightOnly}
        onChange={(event) => change({ nightOnly: event.currentTarget.checked })}
      />
      {now.nightOnly ? (
        <div className="line hours">
          <ClockField
            label={t("settings:uplink.from")}
            value={now.nightFrom}
            unlike={now.nightTo}
            onChange={(minute) => minute !== null && change({ nightFrom: minute })}
          />
          <ClockField
            label={t("settings:uplink.to")}
            value={now.nightTo}
            unlike={now.nightFrom}
            onChange={(minute) => minute !== null && change({ nightTo: minute })}
          />
        </div>
      ) : null}
      <ClockField
        label={t("settings:uplink.bulletin")}
        description={t("settings:uplink.bulletin.note")}
        value={now.bulletin}
        mayBeEmpty
        onChange={(bulletin) => change({ bulletin })}
      />
    </>
  );
}

type ClockProps = {
  label: string;
  description?: string;
  value: number | null;
  mayBeEmpty?: boolean;
  /** A minute that it must not be. */
  unlike?: number;
  onChange: (minute: number | null) => void;
};

/** A minute of the day, typed as on a clock; what is no such minute is said at once and not kept. */
function ClockField({ label, description, value, mayBeEmpty = false, unlike, onChange }: ClockProps) {
  const { t } = useTranslation();
  const [text, setText] = useState(clockOf(value));
  const [wrong, setWrong] = useState("");
  const keep = () => {
    const minute = text.trim() === "" && mayBeEmpty ? null : minuteOf(text);
    if (minute === undefined) return setWrong(t("settings:uplink.clock.bad"));
    if (minute === unlike) return setWrong(t("settings:uplink.night.same"));
    setWrong("");
    setText(clockOf(minute));
    if (minute !== value) onChange(minute);
  };
  return (
    <TextInput
      className="clock"
      label={label}
      description={description}
      error={wrong || undefined}
      placeholder="18:00"
      inputMode="numeric"
      maxLength={5}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={keep}
      onKeyDown={(event) => event.key === "Enter" && keep()}
    />
  );
}
