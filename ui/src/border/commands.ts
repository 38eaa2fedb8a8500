/** Every command of the core, by name and type. `tests/contract.test.ts` compares this list with the shell's. */
import { call } from "./call";
import type * as T from "./generated";

export const commands = {
  appState: () => call<T.AppState>("app_state"),
  chooseLibrary: (dir: string) => call<T.AppState>("choose_library", { dir }),
  checkPlace: (dir: string) => call<T.Place>("check_place", { dir }),
  setLanguage: (language: string) => call<T.AppState>("set_language", { language }),
  readInvitation: (path: string) => call<T.InvitationCard>("read_invitation", { path }),
  startCentre: (centre: string, name: string, passphrase: string | null) =>
    call<T.AppState>("start_centre", { centre, name, passphrase }),
  joinCentre: (path: string, passphrase: string | null) =>
    call<T.AppState>("join_centre", { path, passphrase }),
  unlock: (passphrase: string) => call<T.AppState>("unlock", { passphrase }),
  settings: () => call<T.Settings>("settings"),
  saveSettings: (settings: T.Settings) => call<T.Settings>("save_settings", { settings }),
  machine: () => call<T.Machine>("machine"),
  recovered: () => call<T.RecoveredCard[]>("recovered"),
  recoverySeen: () => call<null>("recovery_seen"),
  invitationInPicture: (picture: string) => call<string>("invitation_in_picture", { picture }),
  recover: (file: string, code: string, passphrase: string) =>
    call<T.AppState>("recover", { file, code, passphrase }),

  stories: () => call<T.StoryCard[]>("stories"),
  story: (story: T.StoryId) => call<T.StoryCard>("story", { story }),
  createStory: (headline: string, genre: string) => call<T.StoryCard>("create_story", { headline, genre }),
  openStory: (story: T.StoryId) => call<T.OpenStory>("open_story", { story }),
  keepUpdate: (story: T.StoryId, session: number, update: string) =>
    call<T.Saved>("keep_update", { story, session, update }),
  sealStory: (story: T.StoryId) => call<T.StoryCard>("seal_story", { story }),
  checkRev: (story: T.StoryId, rev: T.Hash) => call<boolean>("check_rev", { story, rev }),
  checkpoint: (story: T.StoryId) => call<T.RevisionCard>("checkpoint", { story }),
  revisions: (story: T.StoryId) => call<T.RevisionCard[]>("revisions", { story }),
  beside: (story: T.StoryId) => call<T.BesideCard>("beside", { story }),
  takeBranch: (story: T.StoryId, record: T.Hash) => call<T.StoryCard>("take_branch", { story, record }),
  compare: (older: T.Hash, newer: T.Hash) => call<T.DiffBlock[]>("compare", { older, newer }),
  setGenre: (story: T.StoryId, genre: string) => call<T.StoryCard>("set_genre", { story, genre }),
  preflight: (story: T.StoryId) => call<T.FindingCard[]>("preflight", { story }),
  fileStory: (story: T.StoryId, rev: T.Hash) => call<T.StoryCard>("file_story", { story, rev }),
  comments: (story: T.StoryId) => call<T.CommentCard[]>("comments", { story }),
  addComment: (story: T.StoryId, comment: NewComment) =>
    call<T.CommentCard>("add_comment", { story, ...comment }),
  search: (query: string) => call<T.HitCard[]>("search", { query }),

  clips: (story: T.StoryId | null) => call<T.ClipCard[]>("clips", { story }),
  clip: (clip: T.ClipId) => call<T.ClipCard>("clip", { clip }),
  captionClip: (clip: T.ClipId, caption: string, credit: string) =>
    call<T.ClipCard>("caption_clip", { clip, caption, credit }),
  settleClip: (clip: T.ClipId, field: string, value: string) =>
    call<T.ClipCard>("settle_clip", { clip, field, value }),
  attachClip: (clip: T.ClipId, story: T.StoryId | null) => call<T.ClipCard>("attach_clip", { clip, story }),
  fetchOriginal: (clip: T.ClipId) => call<null>("fetch_original", { clip }),
  mediaBase: () => call<string>("media_base"),
  planImport: (path: string) => call<T.ImportPlan>("plan_import", { path }),
  startImport: (path: string, story: T.StoryId | null) => call<T.JobId>("start_import", { path, story }),
  importReport: (job: T.JobId) => call<T.ImportReport>("import_report", { job }),
  hotOffers: () => call<T.ImportPlan | null>("hot_offers"),
  takeHot: (story: T.StoryId | null) => call<T.JobId>("take_hot", { story }),

  cuts: (story: T.StoryId) => call<T.CutCard[]>("cuts", { story }),
  createCut: (story: T.StoryId, name: string) => call<T.CutCard>("create_cut", { story, name }),
  changeCut: (cut: T.CutId, step: T.CutStep) => call<T.CutCard>("change_cut", { cut, step }),
  renderCut: (cut: T.CutId) => call<T.JobId>("render_cut", { cut }),

  queue: () => call<T.QueueCard[]>("queue"),
  review: (story: T.StoryId) => call<T.ReviewCard>("review", { story }),
  decide: (story: T.StoryId, verb: T.Verb) => call<T.ReviewCard>("decide", { story, verb }),
  passOnPaper: (story: T.StoryId, rev: T.Hash, paper: T.PaperWord) =>
    call<T.ReviewCard>("pass_on_paper", { story, rev, paper }),

  channels: () => call<T.ChannelCard[]>("channels"),
  saveChannel: (form: T.ChannelForm) => call<T.ChannelCard>("save_channel", { form }),
  pushList: () => call<T.PushCard[]>("push_list"),
  rehearse: (story: T.StoryId, channel: T.ChannelId) => call<T.FindingCard[]>("rehearse", { story, channel }),
  release: (story: T.StoryId, channel: T.ChannelId) => call<T.DeliveryCard>("release", { story, channel }),
  resolvePush: (push: T.PushId, answer: { released: boolean; url: string; reason: string }) =>
    call<T.DeliveryCard>("resolve_push", { push, ...answer }),

  syncState: () => call<T.SyncCard>("sync_state"),
  syncNow: () => call<null>("sync_now"),
  syncLog: (query: string) => call<T.SyncLogLine[]>("sync_log", { query }),
  arrivals: () => call<T.ArrivalsCard>("arrivals"),
  sendNow: (clip: T.ClipId, isUrgent: boolean) => call<null>("send_now", { clip, isUrgent }),
  makeParcel: (folder: string, originals: boolean) => call<T.JobId>("make_parcel", { folder, originals }),
  takeParcel: (folder: string) => call<T.JobId>("take_parcel", { folder }),
  reviewPlan: (story: T.StoryId) => call<T.ReviewPlan>("review_plan", { story }),
  makeReviewParcel: (story: T.StoryId, folder: string, ask: T.ReviewAsk) =>
    call<T.JobId>("make_review_parcel", { story, folder, ask }),
  slipsDue: () => call<T.SlipDue[]>("slips_due"),
  makeSlip: (story: T.StoryId, folder: string) => call<T.ParcelReport>("make_slip", { story, folder }),
  parcelReport: (job: T.JobId) => call<T.ParcelReport>("parcel_report", { job }),
  nearbyState: () => call<T.NearbyCard>("nearby_state"),
  setNearby: (isOn: boolean) => call<T.NearbyCard>("set_nearby", { isOn }),
  meetNearby: (place: string) => call<T.NearbyCard>("meet_nearby", { place }),
  people: () => call<T.PersonCard[]>("people"),
  invite: (name: string, roles: T.Role[], folder: string, person: T.PersonId | null) =>
    call<T.InvitationMade>("invite", { name, roles, folder, person }),
  revokeDevice: (device: T.DeviceId, reason: string) => call<null>("revoke_device", { device, reason }),
  keys: () => call<T.KeysCard>("keys"),
  changeKeys: (old: string | null, next: string | null) => call<T.KeysCard>("change_keys", { old, next }),
  escrow: () => call<T.EscrowCard>("escrow"),
  giveEscrow: (passphrase: string | null) => call<T.EscrowCard>("give_escrow", { passphrase }),
  takeBackEscrow: () => call<T.EscrowCard>("take_back_escrow"),
  deviceFacts: () => call<T.DeviceFacts[]>("device_facts"),
  quarantine: () => call<T.ApartCard[]>("quarantine"),
  exportApart: (id: T.Hash, folder: string) => call<string>("export_apart", { id, folder }),
  writing: (story: T.StoryId, wish: string) => call<T.WritingCard | null>("writing", { story, wish }),
  poolPage: () => call<string>("pool_page"),
  jobs: () => call<T.JobCard[]>("jobs"),
  cancelJob: (job: T.JobId) => call<null>("cancel_job", { job }),
  diagnostics: () => call<string>("diagnostics"),

  pickFolder: () => call<string | null>("pick_folder"),
  pickFile: (kind: "invitation" | "recovery" | "media") => call<string | null>("pick_file", { kind }),
  openLink: (url: string) => call<null>("open_link", { url }),
};

/** A remark as written. */
export type NewComment = {
  kind: string;
  quote: string;
  text: string;
  answers: T.CommentId | null;
};
