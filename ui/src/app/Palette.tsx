import { useDebouncedValue } from "@mantine/hooks";
import { Spotlight, spotlight } from "@mantine/spotlight";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { commands } from "../border/commands";
import type { HitCard } from "../border/generated";
import { useKeys } from "../kit/keys";
import type { Action } from "./actions";
import { go } from "./place";

/** The field in the top bar that opens the palette. */
export function FindField() {
  const { t } = useTranslation();
  return (
    <button type="button" className="find" onClick={() => spotlight.open()} aria-keyshortcuts="Control+K">
      <span>{t("app:find")}</span>
      <kbd>Ctrl K</kbd>
    </button>
  );
}

/** Commands, and the full text of stories and clips, behind one field. */
export function Palette({ actions }: { actions: readonly Action[] }) {
  const { t } = useTranslation();
  useKeys({ "Ctrl+KeyK": () => spotlight.open() });
  const [query, setQuery] = useState("");
  const [asked] = useDebouncedValue(query.trim(), 120);
  const hits = useQuery({
    queryKey: ["stories", "search", asked],
    queryFn: () => commands.search(asked),
    enabled: asked !== "",
    placeholderData: (before) => before,
  });
  const found = query.trim() === "" ? [] : (hits.data ?? []);
  const stories = found.filter((hit) => hit.story !== null);
  const clips = found.filter((hit) => hit.story === null && hit.clip !== null);
  const needle = query.trim().toLowerCase();
  const matching = actions.filter((one) => `${one.words} ${one.note ?? ""}`.toLowerCase().includes(needle));
  return (
    <Spotlight.Root
      query={query}
      onQueryChange={setQuery}
      shortcut={null}
      scrollable
      maxHeight={460}
      overlayProps={{ blur: 0 }}
      attributes={{ content: { "aria-label": t("app:find") } }}
    >
      <Spotlight.Search placeholder={t("app:find")} aria-label={t("app:find")} />
      <Spotlight.ActionsList>
        {matching.length > 0 ? (
          <Spotlight.ActionsGroup label={t("app:find.group.actions")}>
            {matching.map((one) => (
              <Spotlight.Action
                key={one.id}
                label={one.words}
                description={one.note ?? ""}
                onClick={one.run}
                rightSection={one.shortcut ? <kbd>{one.shortcut}</kbd> : null}
              />
            ))}
          </Spotlight.ActionsGroup>
        ) : null}
        <Hits label={t("app:find.group.stories")} hits={stories} />
        <Hits label={t("app:find.group.clips")} hits={clips} />
        {matching.length + found.length === 0 ? (
          <Spotlight.Empty>{t("app:find.none")}</Spotlight.Empty>
        ) : null}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  );
}

function Hits({ label, hits }: { label: string; hits: readonly HitCard[] }) {
  const { t } = useTranslation();
  if (hits.length === 0) return null;
  return (
    <Spotlight.ActionsGroup label={label}>
      {hits.map((hit) => (
        <Spotlight.Action
          key={`${hit.story ?? ""}${hit.clip ?? ""}`}
          label={hit.title || t("kit:untitled")}
          description={hit.snippet}
          onClick={() => visit(hit)}
        />
      ))}
    </Spotlight.ActionsGroup>
  );
}

function visit(hit: HitCard): void {
  if (hit.story !== null) go({ room: "write", story: hit.story });
  else if (hit.clip !== null) go({ room: "gather", clip: hit.clip });
}
