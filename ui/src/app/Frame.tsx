import { Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import type { AppState } from "../border/generated";
import { useKeys } from "../kit/keys";
import { SlotContext } from "../kit/Slots";
import { Cut } from "../rooms/cut/Cut";
import { Gather } from "../rooms/gather/Gather";
import { Pool } from "../rooms/pool/Pool";
import { Push } from "../rooms/push/Push";
import { Review } from "../rooms/review/Review";
import { SettingsRoom } from "../rooms/settings/SettingsRoom";
import { Today } from "../rooms/today/Today";
import { Write } from "../rooms/write/Write";
import { useActions } from "./actions";
import { useAppearance } from "./appearance";
import { useSettings } from "./asks";
import { FootFacts } from "./FootFacts";
import "./frame.css";
import { JobDrawer } from "./JobDrawer";
import { FindField, Palette } from "./Palette";
import { type Room, usePlace } from "./place";
import { Rail } from "./Rail";
import { Revoked } from "./Revoked";
import { RoomBoundary } from "./RoomBoundary";
import { walkParts } from "./regions";
import { StatusPill } from "./StatusPill";

const DOORS: Record<Room, () => React.JSX.Element> = {
  today: Today,
  gather: Gather,
  write: Write,
  cut: Cut,
  review: Review,
  push: Push,
  pool: Pool,
  settings: SettingsRoom,
};

/** Rail, top, room, foot. */
export function Frame({ state }: { state: AppState }) {
  const { t } = useTranslation();
  const { room } = usePlace();
  const [top, setTop] = useState<HTMLElement | null>(null);
  const [foot, setFoot] = useState<HTMLElement | null>(null);
  const [jobsOpen, setJobsOpen] = useState(false);
  const settings = useSettings();
  const actions = useActions({ settings: settings.data, showJobs: () => setJobsOpen(true) });
  useAppearance(settings.data);
  useKeys({ F6: () => walkParts(1), "Shift+F6": () => walkParts(-1) });
  useKeys(Object.fromEntries(actions.flatMap((one) => (one.chord ? [[one.chord, one.run]] : []))));
  const Door = DOORS[room];
  return (
    <SlotContext value={{ top, foot }}>
      <div className="frame">
        <Rail roles={state.me?.roles ?? []} />
        <header className="top">
          <div className="top-slot" ref={setTop} />
          <FindField />
          <StatusPill />
        </header>
        <main className="main" aria-label={t("app:main")}>
          <Revoked />
          <RoomBoundary key={room} room={room}>
            <Suspense>{top && foot ? <Door /> : null}</Suspense>
          </RoomBoundary>
        </main>
        <footer className="foot">
          <div className="foot-slot" ref={setFoot} />
          <FootFacts onJobs={() => setJobsOpen(true)} />
        </footer>
      </div>
      <JobDrawer opened={jobsOpen} onClose={() => setJobsOpen(false)} />
      <Palette actions={actions} />
    </SlotContext>
  );
}
