import {
  IconArrowsExchange,
  IconCalendarEvent,
  IconChecklist,
  IconFileText,
  IconMovie,
  IconPhoto,
  IconSend,
  IconSettings,
} from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Role } from "../border/generated";
import { useQueue, useSync } from "./asks";
import { go, type Room, usePlace } from "./place";
import { walkColumn } from "./regions";

const ICONS: Record<Room, typeof IconPhoto> = {
  today: IconCalendarEvent,
  gather: IconPhoto,
  write: IconFileText,
  cut: IconMovie,
  review: IconChecklist,
  push: IconSend,
  pool: IconArrowsExchange,
  settings: IconSettings,
};

const REVIEWERS: readonly Role[] = ["editor", "head", "chief"];

/** The rooms, in the order of the work; the keys are Ctrl+1 and so on. */
export function Rail({ roles }: { roles: readonly Role[] }) {
  const { t } = useTranslation();
  const queue = useQueue();
  const sync = useSync();
  const reviews = roles.some((role) => REVIEWERS.includes(role));
  const waiting = reviews ? (queue.data?.filter((one) => one.forMe).length ?? 0) : 0;
  const trouble = sync.data?.items.filter((one) => one.whereabouts.at === "needs-you").length ?? 0;
  return (
    <nav
      className="rail"
      aria-label={t("app:rooms")}
      onKeyDown={(event) => {
        if (walkColumn(event.currentTarget, event.key)) event.preventDefault();
      }}
    >
      <div className="logo" aria-hidden>
        {t("app:mark")}
      </div>
      {(["today", "gather", "write", "cut", "review", "push"] as const).map((room, index) => (
        <Door key={room} room={room} nth={index + 1} count={room === "review" ? waiting : 0} />
      ))}
      <span className="space" />
      <Door room="pool" nth={7} count={trouble} />
      <Door room="settings" nth={8} count={0} />
    </nav>
  );
}

function Door({ room, nth, count }: { room: Room; nth: number; count: number }) {
  const { t } = useTranslation();
  const place = usePlace();
  const Icon = ICONS[room];
  return (
    <button
      type="button"
      aria-current={place.room === room ? "page" : undefined}
      aria-keyshortcuts={`Control+${nth}`}
      title={`Ctrl+${nth}`}
      data-test={`room-${room}`}
      onClick={() => go({ room })}
    >
      <Icon size={20} stroke={1.6} aria-hidden />
      {t(`app:room.${room}`)}
      {count > 0 ? <span className="count">{count}</span> : null}
    </button>
  );
}
