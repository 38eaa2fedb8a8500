/** A core in memory, for the tests and the gallery only; the product never imports it. */
import * as Y from "yjs";
import sample from "../../gallery/sample.json";
import { revision, writeFlat } from "../editor";
import { fromBase64, toBase64 } from "../rooms/write/session";
import type { Args, Transport } from "./call";
import { arrivalsOf, clipOf, HOUR, idOf, jobOf, storyOf, summaryOf } from "./fakeCards";
import type * as T from "./generated";

type Handler = (args: Args) => unknown;

export type Fake = Transport & {
  tell(news: T.Happened): void;
  /** Every call in order, for tests that ask what was sent. */
  calls: { name: string; args: Args }[];
  /** Replaces the answer to one command. */
  answer(name: string, handler: Handler): void;
  stories: T.StoryCard[];
};

/** Makes a core with a few stories, clips and channels. */
export function makeFake(options: { now?: number; language?: string; phase?: T.Phase } = {}): Fake {
  const now = options.now ?? Date.UTC(2026, 10, 23, 6, 3, 7);
  const listeners = new Set<(news: T.Happened) => void>();
  const calls: Fake["calls"] = [];
  const clips = sample.clips.map((one, nth) => clipOf(one, nth, now));
  const stories = sample.stories.map((one, nth) => storyOf(one, nth, now));
  const docs = new Map(stories.map((card, nth) => [card.story, docOf(nth, clips)]));
  const comments = new Map<string, T.CommentCard[]>();
  const cuts: T.CutCard[] = [];
  const jobs: T.JobCard[] = [];
  const held = new Set<string>();
  const keys: T.KeysCard = { inKeyring: false, keyStore: "works" };
  const escrow: T.EscrowCard = { fingerprint: "a1b2 c3d4 e5f6 0718", given: null, isOutdated: false };
  let language = options.language ?? "zh-CN";
  let phase: T.Phase = options.phase ?? "ready";
  let settings: T.Settings = {
    language,
    theme: "light",
    textSize: 18,
    readingSpeed: 240,
    hotFolder: "",
    syncOn: true,
    uplinkKbit: 0,
    isMetered: false,
    nightOnly: false,
    nightFrom: 1320,
    nightTo: 360,
    bulletin: null,
  };
  const tell = (news: T.Happened) => {
    for (const heard of listeners) heard(news);
  };
  const doneJob = (kind: T.JobKind): T.JobId => {
    const job = jobOf(kind, now);
    jobs.unshift({ ...job, state: "done", done: job.total });
    tell({ kind: "job-moved", job: job.id });
    return job.id;
  };
  const card = (args: Args): T.StoryCard => {
    const found = stories.find((one) => one.story === args.story);
    if (!found) throw refusal("desk.unknown", "reload");
    return found;
  };
  const log = (args: Args): string[] => docs.get(card(args).story) ?? [];
  const revOf = (args: Args): T.Hash => {
    const doc = new Y.Doc();
    for (const update of log(args)) Y.applyUpdate(doc, fromBase64(update));
    return revision(doc) as T.Hash;
  };
  const readOnly = (one: T.StoryCard): string | null => {
    if (one.state === "draft") return one.mine ? null : "not-mine";
    if (one.state.startsWith("awaiting")) return held.has(one.story) ? null : "in-review";
    return "signed";
  };
  const open = (args: Args): T.OpenStory => ({
    card: card(args),
    updates: [...log(args)],
    rev: revOf(args),
    readOnly: readOnly(card(args)),
    clips: clips.filter((one) => one.story === args.story),
  });
  const remarks = (args: Args): T.CommentCard[] => {
    const known = comments.get(String(args.story));
    if (known) return known;
    const made = sample.comments.map((one, nth) => ({
      comment: idOf("c", nth) as T.CommentId,
      kind: one.kind,
      quote: one.quote,
      text: one.text,
      byName: one.by,
      at: now - HOUR,
      answers: null,
    }));
    comments.set(String(args.story), made);
    return made;
  };
  const review = (args: Args): T.ReviewCard => {
    const one = card(args);
    const level = one.state.startsWith("awaiting-") ? one.state.slice(9) : null;
    const mine = held.has(one.story);
    return {
      open: open(args),
      level,
      mayClaim: one.holderName && !mine ? "review.claimed-by-other" : null,
      mayDecide: mine ? null : "review.wrong-stage",
      holderName: mine ? sample.me : one.holderName,
      heldByMe: mine,
      submitted: revOf(args),
      lastSeen: one.holderName ? ("1".repeat(64) as T.Hash) : null,
      signatures:
        level === "second" ? [signature(sample.reviewer, "first", now - 2 * HOUR, revOf(args))] : [],
      ledger: [ledger("submit", one.authorName, now - 3 * HOUR, revOf(args))],
      comments: remarks(args),
    };
  };
  const app = (): T.AppState => ({
    phase,
    library: "/home/desk/Satchel",
    freeBytes: 84e9,
    keyStore: "works",
    uncleanExit: false,
    language,
    me: phase === "ready" ? me : null,
    version: "0.1.0",
  });
  const change = (one: T.StoryCard, part: Partial<T.StoryCard>): T.StoryCard => {
    Object.assign(one, part);
    tell({ kind: "story-changed", story: one.story });
    return one;
  };
  const enter = () => {
    phase = "ready";
    return app();
  };
  const channels: T.ChannelCard[] = sample.channels.map((name, nth) => ({
    channel: idOf("e", nth) as T.ChannelId,
    name,
    kind: (["wordpress", "folder", "sftp"] as const)[nth] ?? "folder",
    lane: nth === 1 ? me.device : null,
    laneIsMine: nth === 1,
    account: "desk",
    url: "https://news.example",
    publicUrl: "",
    hasSecret: nth !== 2,
  }));
  const deliveries: T.DeliveryCard[] = [];
  const table: Record<string, Handler> = {
    app_state: app,
    set_language: (args) => {
      language = String(args.language);
      return app();
    },
    check_place: (args): T.Place => ({
      dir: String(args.dir),
      freeBytes: 84e9,
      writable: true,
      taken: false,
      removable: false,
    }),
    choose_library: app,
    start_centre: enter,
    join_centre: enter,
    unlock: enter,
    read_invitation: (): T.InvitationCard => ({
      centre: sample.centre,
      name: sample.me,
      roles: ["reporter"],
      poolUrl: "http://10.0.0.2:7601",
      expires: now + 24 * HOUR,
    }),
    settings: () => settings,
    save_settings: (args) => {
      settings = args.settings as T.Settings;
      language = settings.language;
      return settings;
    },
    machine: (): T.Machine => ({ freeBytes: 84e9, battery: 63 }),
    recovered: () =>
      stories.slice(0, 1).map((one) => ({
        story: one.story,
        headline: one.headline,
        lastWords: sample.lead,
        at: now,
      })),
    recovery_seen: () => null,
    stories: () => stories.map((one) => ({ ...one })),
    story: (args) => ({ ...card(args) }),
    create_story: (args) => {
      const made = storyOf(
        {
          headline: String(args.headline),
          genre: String(args.genre),
          state: "draft",
          characters: 0,
          body: [],
        },
        stories.length,
        now,
      );
      stories.unshift(made);
      docs.set(made.story, []);
      tell({ kind: "story-changed", story: made.story });
      return made;
    },
    open_story: open,
    keep_update: (args): T.Saved => {
      log(args).push(String(args.update));
      change(card(args), { updated: now });
      return { at: now };
    },
    seal_story: (args) => ({ ...card(args) }),
    check_rev: (args) => args.rev === revOf(args),
    checkpoint: (args): T.RevisionCard => ({
      rev: revOf(args),
      why: "checkpoint",
      at: now,
      characters: card(args).characters,
    }),
    beside: (): T.BesideCard => ({
      byNames: [sample.me],
      at: now,
      diff: [{ kind: "added", block: "p", pieces: [["+", sample.lead]] }],
      branches: [
        {
          record: "2".repeat(64) as T.Hash,
          byName: sample.me,
          at: now,
          diff: [{ kind: "added", block: "p", pieces: [["+", sample.lead]] }],
        },
      ],
      mayTake: true,
    }),
    take_branch: (args) => card(args),
    revisions: (args): T.RevisionCard[] => [
      { rev: revOf(args), why: "checkpoint", at: now, characters: card(args).characters },
      { rev: "1".repeat(64) as T.Hash, why: "filed", at: now - 2 * HOUR, characters: 398 },
    ],
    compare: (): T.DiffBlock[] => [
      { kind: "same", block: "p", pieces: [["=", sample.lead]] },
      {
        kind: "changed",
        block: "p",
        pieces: [
          ["-", sample.removed],
          ["+", sample.added],
          ["=", sample.rest],
        ],
      },
    ],
    set_genre: (args) => change(card(args), { genre: String(args.genre) }),
    preflight: (args): T.FindingCard[] => [
      { code: "check.dateline-missing", severity: "should", params: {}, place: "dateline" },
      ...(card(args).headline === ""
        ? [{ code: "check.headline-missing", severity: "must", params: {}, place: "headline" }]
        : []),
    ],
    file_story: (args) => change(card(args), { state: "awaiting-first", returned: null }),
    comments: remarks,
    add_comment: (args) => {
      const made: T.CommentCard = {
        comment: idOf("c", 90 + calls.length) as T.CommentId,
        kind: String(args.kind),
        quote: String(args.quote),
        text: String(args.text),
        byName: sample.me,
        at: now,
        answers: (args.answers as T.CommentId | null) ?? null,
      };
      comments.set(String(args.story), [...remarks(args), made]);
      return made;
    },
    search: (args): T.HitCard[] =>
      stories
        .filter((one) => one.headline.includes(String(args.query)))
        .map((one) => ({ story: one.story, clip: null, title: one.headline, snippet: sample.lead })),
    clips: (args) => (args.story === null ? clips : clips.filter((one) => one.story === args.story)),
    caption_clip: (args) =>
      Object.assign(clips.find((one) => one.clip === args.clip) ?? {}, {
        caption: args.caption,
        credit: args.credit,
      }),
    settle_clip: (args) =>
      Object.assign(clips.find((one) => one.clip === args.clip) ?? {}, {
        [String(args.field)]: args.value,
        others: [],
      }),
    attach_clip: (args) =>
      Object.assign(clips.find((one) => one.clip === args.clip) ?? {}, { story: args.story }),
    fetch_original: () => null,
    media_base: () => "/media/",
    plan_import: (args): T.ImportPlan => ({
      files: 12,
      bytes: 4.2e9,
      pictures: 8,
      videos: 3,
      audio: 1,
      notYet: 1,
      freeBytes: 84e9,
      source: String(args.path),
    }),
    start_import: () => doneJob("import"),
    import_report: (): T.ImportReport => ({ taken: 11, duplicates: 1, failed: [] }),
    hot_offers: () => null,
    cuts: (args) => cuts.filter((one) => one.story === args.story),
    create_cut: (args) => {
      const made: T.CutCard = {
        cut: idOf("d", cuts.length) as T.CutId,
        story: args.story as T.StoryId,
        name: String(args.name),
        segments: [],
        durationMs: 0,
        canUndo: false,
        canRedo: false,
        rendered: null,
        stale: false,
      };
      cuts.push(made);
      return made;
    },
    change_cut: (args) => {
      const known = cuts.find((one) => one.cut === args.cut);
      const step = args.step as T.CutStep;
      if (!known || step.step !== "add") return known;
      const segments = known.segments.toSpliced(step.at, 0, step.segment);
      const durationMs = segments.reduce((sum, one) => sum + one.toMs - one.fromMs, 0);
      return Object.assign(known, { segments, durationMs, canUndo: true });
    },
    queue: (): T.QueueCard[] =>
      stories
        .filter((one) => one.state.startsWith("awaiting"))
        .map((one) => ({
          card: one,
          level: one.state.slice(9),
          forMe: !one.mine,
          heldByMe: held.has(one.story),
          story: one.story,
        })),
    review,
    decide: (args) => {
      const verb = args.verb as T.Verb;
      const one = card(args);
      if (verb.act === "claim") held.add(one.story);
      if (verb.act === "release") held.delete(one.story);
      if (verb.act === "withdraw") change(one, { state: "draft" });
      if (verb.act === "pass")
        change(one, { state: one.state === "awaiting-first" ? "awaiting-second" : "signed" });
      if (verb.act === "return")
        change(one, { state: "draft", returned: { byName: sample.me, at: now, reasons: verb.reasons } });
      if (verb.act === "reject") change(one, { state: "rejected" });
      return review(args);
    },
    pass_on_paper: (args) => {
      const one = card(args);
      change(one, { state: one.state === "awaiting-first" ? "awaiting-second" : "signed" });
      return review(args);
    },
    channels: () => channels,
    save_channel: (args) => ({ ...channels[0], ...(args.form as T.ChannelForm) }),
    push_list: (): T.PushCard[] =>
      stories
        .filter((one) => one.state === "signed" || one.state === "published")
        .map((one) => ({
          card: one,
          rev: revOf({ story: one.story }),
          signatures: [signature(sample.reviewer, "final", now - HOUR, revOf({ story: one.story }))],
          deliveries: deliveries.filter((delivery) => delivery.story === one.story),
        })),
    rehearse: () => [],
    release: (args) => {
      const way = channels.find((one) => one.channel === args.channel);
      const made: T.DeliveryCard = {
        push: idOf("f", deliveries.length) as T.PushId,
        story: args.story as T.StoryId,
        channel: args.channel as T.ChannelId,
        channelName: way?.name ?? "",
        rev: revOf(args),
        state: way?.kind === "sftp" ? "unknown" : "released",
        step: "",
        url: "https://news.example/2026/1123.html",
        code: null,
        at: now,
        releasedAt: now,
        byName: sample.me,
      };
      deliveries.push(made);
      tell({ kind: "push-moved", push: made.push });
      return made;
    },
    resolve_push: (args) =>
      Object.assign(deliveries.find((one) => one.push === args.push) ?? {}, {
        state: args.released ? "released" : "not-released",
        url: args.url,
      }),
    sync_state: () => summaryOf(now, clips),
    sync_now: () => null,
    sync_log: (): T.SyncLogLine[] => [
      { at: now - HOUR, level: "warning", code: "sync.unreachable", params: { why: "" } },
    ],
    arrivals: () => arrivalsOf(now, clips),
    send_now: () => null,
    make_parcel: () => doneJob("parcel"),
    take_parcel: () => doneJob("parcel"),
    parcel_report: (): T.ParcelReport => ({
      way: "made",
      folder: "satchel-0011223344556677",
      records: 12,
      clips: 4,
      bytes: 4.2e9,
      receipts: 0,
      pooledRecords: 0,
      pooledClips: 0,
      rejected: 0,
      waiting: 0,
      joined: false,
      reviews: [],
      verdicts: [],
      papers: [],
      troubles: [],
    }),
    nearby_state: () => nearbyOff,
    set_nearby: (args) => ({
      ...nearbyOff,
      isOn: args.isOn === true,
      announces: true,
      place: args.isOn ? "192.168.43.7:7811/K7QM-2XVD-9TRA" : null,
    }),
    meet_nearby: () => nearbyOff,
    review_plan: (args): T.ReviewPlan => ({
      story: card(args).story,
      headline: "",
      rev: "0".repeat(64) as T.Hash,
      level: "first",
      textBytes: 24_000,
      smallBytes: 620_000,
      playBytes: 18e6,
      colleagues: [],
    }),
    make_review_parcel: () => doneJob("parcel"),
    slips_due: (): T.SlipDue[] => [],
    make_slip: () => {
      throw new Error("no slip is due");
    },
    people: (): T.PersonCard[] => [
      {
        person: me.person,
        name: me.name,
        roles: me.roles,
        devices: [{ device: me.device, revoked: false, isThis: true }],
      },
      {
        person: idOf("a", 1) as T.PersonId,
        name: sample.reviewer,
        roles: ["editor"],
        devices: [{ device: idOf("b", 2) as T.DeviceId, revoked: false, isThis: false }],
      },
    ],
    invite: (args): T.InvitationMade => ({
      path: args.folder ? `${String(args.folder)}/invitation.satchel-invite` : "",
      text: "SATCHEL:FC5W7UQ",
      squares: { size: 21, path: "M0 0h7v1h-7zM14 0h7v1h-7zM0 14h7v1h-7z" },
      expires: now + 7 * 24 * HOUR,
    }),
    invitation_in_picture: () => "SATCHEL:FC5W7UQ",
    recover: () => null,
    keys: () => keys,
    change_keys: (args) => Object.assign(keys, { inKeyring: args.next === null }),
    escrow: () => escrow,
    give_escrow: () => Object.assign(escrow, { given: now }),
    take_back_escrow: () => Object.assign(escrow, { given: null }),
    device_facts: (): T.DeviceFacts[] => [
      { device: idOf("b", 2) as T.DeviceId, machine: "desk-2", seenAt: now - HOUR, reason: null },
    ],
    quarantine: (): T.ApartCard[] => [
      {
        id: idOf("e", 1).padEnd(64, "0") as T.Hash,
        code: "pool.device-revoked",
        at: now - HOUR,
        bytes: 812,
        device: idOf("b", 2) as T.DeviceId,
        name: sample.reviewer,
        what: "text",
        headline: stories[0]?.headline ?? "",
        isSigned: true,
      },
    ],
    export_apart: (args) => `${String(args.folder)}/satchel-apart`,
    writing: () => null,
    pool_page: () => "http://127.0.0.1:7601/admin/enter/00",
    revoke_device: () => null,
    jobs: () => jobs,
    cancel_job: () => null,
    diagnostics: () => "satchel 0.1.0",
    pick_folder: () => "/media/card/DCIM",
    pick_file: () => "/home/desk/invitation.satchel",
    open_link: () => null,
  };
  return {
    calls,
    stories,
    tell,
    answer: (name, handler) => {
      table[name] = handler;
    },
    listen: (heard) => {
      listeners.add(heard);
      return () => listeners.delete(heard);
    },
    call: async (name, args) => {
      calls.push({ name, args });
      const handler = table[name];
      if (!handler) throw refusal(`fake.${name}`, "report");
      return structuredClone(await handler(args));
    },
  };
}

const nearbyOff: T.NearbyCard = {
  isOn: false,
  place: null,
  announces: false,
  carried: 0,
  peers: [],
  trouble: null,
};

const me: T.Me = {
  person: idOf("a", 0) as T.PersonId,
  name: sample.me,
  centre: sample.centre,
  device: idOf("b", 0) as T.DeviceId,
  roles: ["reporter", "editor", "operator", "administrator"],
  poolUrl: "http://127.0.0.1:7601",
  enrolled: true,
  revoked: false,
};

function refusal(code: string, remedy: T.Remedy): T.Failure {
  return { code, params: {}, message: code, remedy };
}

function signature(byName: string, level: string, at: number, rev: T.Hash): T.SignatureCard {
  return { level, by: idOf("a", 1) as T.PersonId, byName, at, rev, holds: true, verdict: "accepted" };
}

function ledger(act: string, byName: string, at: number, rev: T.Hash): T.LedgerLine {
  return { act, level: null, byName, at, rev, verdict: "accepted", code: null };
}

/** The document of a sample story as one update. */
function docOf(nth: number, clips: readonly T.ClipCard[]): string[] {
  const one = sample.stories[nth];
  if (!one) return [];
  const doc = new Y.Doc();
  const clip = clips[0];
  doc.getText("headline").insert(0, one.headline);
  for (const name of ["kicker", "deck", "dateline", "byline"] as const) {
    const words = (one as Record<string, unknown>)[name];
    if (typeof words === "string") doc.getText(name).insert(0, words);
  }
  writeFlat(
    doc,
    one.body.map((words, index) => {
      const id = String(index).padStart(16, "0");
      if (words !== "!figure" || !clip)
        return { kind: "text", id, props: { t: "p" }, runs: [{ text: words, marks: {} }] };
      const { blob, caption, credit } = clip;
      return {
        kind: "atom",
        id,
        props: {
          t: "fig",
          clip: clip.clip,
          blob,
          kind: "picture",
          caption,
          credit,
          alt: "",
          w: 1200,
          h: 800,
        },
      };
    }),
  );
  return [toBase64(Y.encodeStateAsUpdate(doc))];
}
