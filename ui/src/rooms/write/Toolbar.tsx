import { ActionIcon, Button, Popover, Select, TextInput, Tooltip } from "@mantine/core";
import {
  IconArrowBackUp,
  IconArrowForwardUp,
  IconBold,
  IconItalic,
  IconLink,
  IconPhotoPlus,
  IconStrikethrough,
  IconTable,
  IconUnderline,
} from "@tabler/icons-react";
import { type KeyboardEvent, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import type { BlockChoice, EditorSnapshot, StoryEditor } from "../../editor";

const BLOCKS: Record<string, BlockChoice> = {
  paragraph: { type: "paragraph" },
  h1: { type: "heading", level: 1 },
  h2: { type: "heading", level: 2 },
  h3: { type: "heading", level: 3 },
  quote: { type: "quote" },
  ul: { type: "listItem", list: "ul" },
  ol: { type: "listItem", list: "ol" },
};

const MARKS = [
  ["bold", IconBold, "Ctrl+B"],
  ["italic", IconItalic, "Ctrl+I"],
  ["underline", IconUnderline, "Ctrl+U"],
  ["strike", IconStrikethrough, "Ctrl+Shift+X"],
] as const;

function blockOf(now: EditorSnapshot): string {
  if (now.block === "heading") return `h${now.level}`;
  if (now.block === "listItem") return now.list === "ol" ? "ol" : "ul";
  return now.block;
}

/** Left and right walk along the tools, as everywhere in a toolbar. */
function walk(event: KeyboardEvent<HTMLDivElement>): void {
  const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
  const focused = document.activeElement;
  if (by === 0 || !(focused instanceof HTMLButtonElement)) return;
  const tools = [...event.currentTarget.querySelectorAll<HTMLElement>("button:enabled, input:enabled")];
  const next = tools[tools.indexOf(focused) + by];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

/** What can be done to the text; it shows what is on at the caret. */
export function Toolbar({ editor, onFigure }: { editor: StoryEditor; onFigure: () => void }) {
  const { t } = useTranslation();
  const now = useSyncExternalStore(editor.subscribe, editor.snapshot);
  const setBlock = (name: string | null) => {
    const choice = name ? BLOCKS[name] : undefined;
    if (choice) editor.setBlock(choice);
    editor.focus();
  };
  const block = blockOf(now);
  // A figure or a table is named, though a paragraph style cannot make one.
  const names = block in BLOCKS ? Object.keys(BLOCKS) : [block, ...Object.keys(BLOCKS)];
  return (
    <div className="toolbar" role="toolbar" aria-label={t("write:toolbar")} onKeyDown={walk}>
      <Select
        size="xs"
        aria-label={t("write:block")}
        value={block}
        onChange={setBlock}
        disabled={!now.editable}
        data={names.map((value) => ({
          value,
          label: t(`write:block.${value}`),
          disabled: !(value in BLOCKS),
        }))}
        style={{ width: 112 }}
      />
      {MARKS.map(([name, Icon, keys]) => (
        <Tool
          key={name}
          label={t(`write:mark.${name}`)}
          keys={keys}
          on={now.marks.includes(name)}
          disabled={!now.editable}
          onClick={() => editor.toggleMark(name)}
        >
          <Icon size={18} stroke={1.6} aria-hidden />
        </Tool>
      ))}
      <LinkTool editor={editor} now={now} />
      <Tool label={t("write:figure.insert")} disabled={!now.editable} onClick={onFigure} test="insert-figure">
        <IconPhotoPlus size={18} stroke={1.6} aria-hidden />
      </Tool>
      <Tool label={t("write:table.insert")} disabled={!now.editable} onClick={() => editor.insertTable(3, 3)}>
        <IconTable size={18} stroke={1.6} aria-hidden />
      </Tool>
      <Tool
        label={t("write:undo")}
        keys="Ctrl+Z"
        disabled={!now.editable || !now.canUndo}
        onClick={editor.undo}
      >
        <IconArrowBackUp size={18} stroke={1.6} aria-hidden />
      </Tool>
      <Tool
        label={t("write:redo")}
        keys="Ctrl+Y"
        disabled={!now.editable || !now.canRedo}
        onClick={editor.redo}
      >
        <IconArrowForwardUp size={18} stroke={1.6} aria-hidden />
      </Tool>
    </div>
  );
}

type ToolProps = {
  label: string;
  keys?: string;
  on?: boolean;
  disabled: boolean;
  test?: string;
  onClick: () => void;
  children: React.ReactNode;
};

/** A button that leaves the caret where it is. */
function Tool({ label, keys, on, disabled, test, onClick, children }: ToolProps) {
  return (
    <Tooltip label={keys ? `${label} ${keys}` : label}>
      <ActionIcon
        variant={on ? "light" : "subtle"}
        color={on ? "accent" : "gray"}
        aria-label={label}
        aria-pressed={on}
        disabled={disabled}
        data-test={test}
        onMouseDown={(event) => event.preventDefault()}
        onClick={onClick}
      >
        {children}
      </ActionIcon>
    </Tooltip>
  );
}

function LinkTool({ editor, now }: { editor: StoryEditor; now: EditorSnapshot }) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState(false);
  const [href, setHref] = useState("");
  const [bad, setBad] = useState(false);
  const set = (address: string | null) => {
    if (!editor.setLink(address)) {
      setBad(true);
      return;
    }
    setOpened(false);
    editor.focus();
  };
  return (
    <Popover opened={opened} onChange={setOpened} trapFocus position="bottom-start" withRoles={false}>
      <Popover.Target>
        <span>
          <Tool
            label={t("write:link")}
            on={now.link !== null}
            disabled={!now.editable || !now.hasSelection}
            onClick={() => {
              setHref(now.link ?? "");
              setBad(false);
              setOpened(true);
            }}
          >
            <IconLink size={18} stroke={1.6} aria-hidden />
          </Tool>
        </span>
      </Popover.Target>
      <Popover.Dropdown>
        <form
          className="line"
          style={{ alignItems: "flex-start" }}
          onSubmit={(event) => {
            event.preventDefault();
            set(href);
          }}
        >
          <TextInput
            aria-label={t("write:link.address")}
            placeholder="https://"
            value={href}
            error={bad ? t("write:link.bad") : undefined}
            onChange={(event) => setHref(event.currentTarget.value)}
          />
          <Button type="submit">{t("write:link.set")}</Button>
          {now.link === null ? null : (
            <Button variant="default" onClick={() => set(null)}>
              {t("write:link.remove")}
            </Button>
          )}
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
