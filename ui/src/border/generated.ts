// Written by the test `the_window_has_todays_types` from the Rust types; never edited by hand.
// `BLESS=1 cargo test -p satchel` or `cargo xtask bless` rewrites it.

/**
 * A record that the pool keeps apart.
 */
export type ApartCard = {
/**
 * Its name.
 */
id: Hash,
/**
 * Why, as a code.
 */
code: string,
/**
 * When it came, by the pool's clock.
 */
at: number,
/**
 * How many bytes it has.
 */
bytes: number,
/**
 * The device that it names.
 */
device: DeviceId | null,
/**
 * Whose device that is; empty when nobody knows.
 */
name: string,
/**
 * `text`, `decision`, `comment`, `clip`, `push`, `other` or `unreadable`.
 */
what: string,
/**
 * The story it is about; empty when it is not known here.
 */
headline: string,
/**
 * Whether the device's own key signed it.
 */
isSigned: boolean, };

/**
 * The state of the whole program.
 */
export type AppState = {
/**
 * What the window shows.
 */
phase: Phase,
/**
 * Where the library lies or would lie.
 */
library: string,
/**
 * Free bytes there.
 */
freeBytes: number,
/**
 * The key store as probed.
 */
keyStore: KeyStore,
/**
 * Whether the last run ended without closing the library.
 */
uncleanExit: boolean,
/**
 * Language chosen: `zh-CN` or `en`.
 */
language: string,
/**
 * Who works here, once ready.
 */
me: Me | null,
/**
 * Version of the program.
 */
version: string, };

/**
 * One piece on its way up.
 */
export type ArrivalCard = {
/**
 * Its fingerprint.
 */
blob: Hash,
/**
 * Its clip, where there is one.
 */
clip: ClipId | null,
/**
 * The clip's story, where there is one.
 */
story: StoryId | null,
/**
 * File name.
 */
title: string,
/**
 * `thumb`, `proxy` or `original`.
 */
what: string,
/**
 * Where it is.
 */
whereabouts: Whereabouts,
/**
 * Bytes that the pool lacks.
 */
left: number,
/**
 * Whether the person wants it sent at once.
 */
isUrgent: boolean,
/**
 * When it will be in the pool; none while the speed is unknown, it waits for a person or the pool makes it.
 */
arrives: number | null,
/**
 * Milliseconds by which it misses the bulletin.
 */
lateMs: number | null,
/**
 * What would be there in time, the best first.
 */
proposals: Array<ProposalCard>, };

/**
 * What waits to go up, with the moments of its arrival.
 */
export type ArrivalsCard = {
/**
 * Bytes in a second that really arrive; none before anything was measured.
 */
rate: number | null,
/**
 * When that was measured.
 */
measured: number | null,
/**
 * The next bulletin.
 */
bulletin: number | null,
/**
 * When the last of all that travels will be in the pool; none where that cannot be told of every piece.
 */
all: number | null,
/**
 * How many pieces miss the bulletin.
 */
late: number,
/**
 * The pieces, in the order in which they go; the first thousand.
 */
items: Array<ArrivalCard>,
/**
 * How many more wait behind these.
 */
more: number, };

/**
 * What stands beside the text of a story under review.
 */
export type BesideCard = {
/**
 * Who wrote it.
 */
byNames: Array<string>,
/**
 * When the last of it was written.
 */
at: number,
/**
 * What the text would become if all of it flowed in.
 */
diff: Array<DiffBlock>,
/**
 * One by one, in the order of the pool.
 */
branches: Array<BranchCard>,
/**
 * Whether this person holds the story and may take one.
 */
mayTake: boolean, };

/**
 * One change that stands beside the text.
 */
export type BranchCard = {
/**
 * The record that brought it.
 */
record: Hash,
/**
 * Who wrote it.
 */
byName: string,
/**
 * When, by that laptop's clock.
 */
at: number,
/**
 * What the text would become with it and with what it builds on.
 */
diff: Array<DiffBlock>, };

/**
 * A channel.
 */
export type ChannelCard = {
/**
 * Which one.
 */
channel: ChannelId,
/**
 * Its name.
 */
name: string,
/**
 * `folder`, `sftp` or `wordpress`.
 */
kind: string,
/**
 * The device that releases; none for the pool.
 */
lane: DeviceId | null,
/**
 * Whether that device is this one.
 */
laneIsMine: boolean,
/**
 * Account name.
 */
account: string,
/**
 * Address or folder.
 */
url: string,
/**
 * Public address prefix where the package will be seen, for folders.
 */
publicUrl: string,
/**
 * Whether the secret is where the lane needs it; none when it cannot be known here.
 */
hasSecret: boolean | null, };

/**
 * A channel as entered by an administrator or operator.
 */
export type ChannelForm = {
/**
 * The one to change; none for a new one.
 */
channel: ChannelId | null,
/**
 * Its name.
 */
name: string,
/**
 * `folder`, `sftp` or `wordpress`.
 */
kind: string,
/**
 * Address (WordPress site, `sftp://host:port/dir`) or folder.
 */
url: string,
/**
 * Account name; empty where none is needed.
 */
account: string,
/**
 * Public address prefix, for folders.
 */
publicUrl: string,
/**
 * Password, application password or key; empty to keep the one set before. Goes to the key store or the pool, never to the library.
 */
secret: string, };

/**
 * One way out to the public.
 */
export type ChannelId = string & { readonly __id: "ChannelId" };

/**
 * A piece of material.
 */
export type ClipCard = {
/**
 * Which one.
 */
clip: ClipId,
/**
 * File name as it was on the card.
 */
name: string,
/**
 * Fingerprint of the original.
 */
blob: Hash,
/**
 * Bytes of the original.
 */
bytes: number,
/**
 * `picture`, `video`, `audio` or `other`.
 */
kind: string,
/**
 * Media type.
 */
mime: string,
/**
 * Width in pixels as shown.
 */
width: number | null,
/**
 * Height in pixels as shown.
 */
height: number | null,
/**
 * Running time in milliseconds.
 */
durationMs: number | null,
/**
 * Frames a second as a fraction.
 */
rate: [number, number] | null,
/**
 * When it was taken, as the camera said.
 */
capturedAt: number | null,
/**
 * When it came in.
 */
addedAt: number,
/**
 * The story that it belongs to.
 */
story: StoryId | null,
/**
 * Caption.
 */
caption: string,
/**
 * Credit.
 */
credit: string,
/**
 * Whether a thumbnail exists.
 */
hasThumb: boolean,
/**
 * Whether it can be played or shown now.
 */
playable: boolean,
/**
 * Why it cannot be shown yet: `not-yet` (a kind such as HEIC or RAW), `damaged`, `torn` (a part
 * of it is missing; what is there is shown), `too-large`, `not-here`; none when it can.
 */
note: string | null,
/**
 * Where the original is.
 */
whereabouts: Whereabouts,
/**
 * Whether a cut made it.
 */
isCut: boolean,
/**
 * Other values of its caption, credit or story that were set at the same time.
 */
others: Array<OtherValue>, };

/**
 * One piece of recorded material.
 */
export type ClipId = string & { readonly __id: "ClipId" };

/**
 * Somebody who could get a review parcel.
 */
export type Colleague = {
/**
 * Who.
 */
person: PersonId,
/**
 * The name.
 */
name: string,
/**
 * Parts in the work.
 */
roles: Array<Role>,
/**
 * Whether this person may judge the level that the story waits for.
 */
forLevel: boolean, };

/**
 * A remark on a passage.
 */
export type CommentCard = {
/**
 * Which one.
 */
comment: CommentId,
/**
 * `question`, `advice`, `must` or `praise`.
 */
kind: string,
/**
 * The passage; empty for the whole story.
 */
quote: string,
/**
 * What is said.
 */
text: string,
/**
 * Who.
 */
byName: string,
/**
 * When.
 */
at: number,
/**
 * The remark that this one answers.
 */
answers: CommentId | null, };

/**
 * One remark on a passage.
 */
export type CommentId = string & { readonly __id: "CommentId" };

/**
 * An edited sequence.
 */
export type CutCard = {
/**
 * Which one.
 */
cut: CutId,
/**
 * The story that it belongs to.
 */
story: StoryId,
/**
 * Its name.
 */
name: string,
/**
 * Segments in order.
 */
segments: Array<SegmentCard>,
/**
 * Running time in milliseconds.
 */
durationMs: number,
/**
 * Whether a step can be taken back.
 */
canUndo: boolean,
/**
 * Whether a step that was taken back can be done again.
 */
canRedo: boolean,
/**
 * The clip that the last render made.
 */
rendered: ClipId | null,
/**
 * Whether the segments changed since.
 */
stale: boolean, };

/**
 * One edited sequence.
 */
export type CutId = string & { readonly __id: "CutId" };

/**
 * One step on a cut. Segments are counted from 0; moments are milliseconds of the segment's clip and go to the
 * nearest frame of that clip.
 */
export type CutStep = { "step": "add",
/**
 * The place.
 */
at: number,
/**
 * What to put there.
 */
segment: SegmentCard, } | { "step": "trim-in",
/**
 * Which segment.
 */
at: number,
/**
 * The new in point.
 */
ms: number, } | { "step": "trim-out",
/**
 * Which segment.
 */
at: number,
/**
 * The new out point.
 */
ms: number, } | { "step": "split",
/**
 * Which segment.
 */
at: number,
/**
 * Where.
 */
ms: number, } | { "step": "move",
/**
 * Where it stands.
 */
from: number,
/**
 * Where it stands afterwards.
 */
to: number, } | { "step": "remove",
/**
 * Which segment.
 */
at: number, } | { "step": "undo" } | { "step": "redo" };

/**
 * One release of a story on a channel.
 */
export type DeliveryCard = {
/**
 * Which one.
 */
push: PushId,
/**
 * The story.
 */
story: StoryId,
/**
 * The channel.
 */
channel: ChannelId,
/**
 * The channel's name.
 */
channelName: string,
/**
 * What went out.
 */
rev: Hash,
/**
 * `waiting` (for the pool or the network), `sending`, `released`, `unknown`, `refused`, `not-released`.
 */
state: string,
/**
 * The step in hand.
 */
step: string,
/**
 * Public address once read back.
 */
url: string | null,
/**
 * Code of what went wrong.
 */
code: string | null,
/**
 * When asked for.
 */
at: number,
/**
 * When the receipt was read back.
 */
releasedAt: number | null,
/**
 * Who released it.
 */
byName: string, };

/**
 * A laptop of a person.
 */
export type DeviceCard = {
/**
 * Which one.
 */
device: DeviceId,
/**
 * Whether it was revoked.
 */
revoked: boolean,
/**
 * Whether it is this one.
 */
isThis: boolean, };

/**
 * A laptop as the pool knows it.
 */
export type DeviceFacts = {
/**
 * Which one.
 */
device: DeviceId,
/**
 * Name of the machine.
 */
machine: string,
/**
 * When it was there last, by the pool's clock.
 */
seenAt: number | null,
/**
 * Why it was revoked, when it was.
 */
reason: string | null, };

/**
 * One installation of the program on one machine, by its key.
 */
export type DeviceId = string & { readonly __id: "DeviceId" };

/**
 * A changed stretch between two versions.
 */
export type DiffBlock = {
/**
 * `same`, `added`, `removed` or `changed`.
 */
kind: string,
/**
 * Block type of the newer side: `p`, `h`, `li`, `q`, `fig`, `table` or a field's name.
 */
block: string,
/**
 * Pieces: `=`, `+`, `-` and the text.
 */
pieces: Array<[string, string]>, };

/**
 * The centre's keeping of library keys.
 */
export type EscrowCard = {
/**
 * The centre's escrow key as people compare it; none where the centre keeps no keys.
 */
fingerprint: string | null,
/**
 * When this library's key was left there.
 */
given: number | null,
/**
 * Whether it was left under an older escrow key than the one of now.
 */
isOutdated: boolean, };

/**
 * A file that was not taken in.
 */
export type FailedFile = {
/**
 * Its name.
 */
name: string,
/**
 * Code of the reason.
 */
code: string, };

/**
 * A refusal or a fault as it crosses to the screen.
 */
export type Failure = {
/**
 * Stable code `room.what`, the key of the sentence in `ui/src/words/*∕failures.json`.
 */
code: string,
/**
 * Values for the sentence, by name.
 */
params: { [key in string]: string },
/**
 * The technical message, in English, for the diagnostics; never the sentence shown first.
 */
message: string,
/**
 * The way out.
 */
remedy: Remedy, };

/**
 * Something that a check found.
 */
export type FindingCard = {
/**
 * Code, the key of the sentence.
 */
code: string,
/**
 * `must`, `should` or `info`.
 */
severity: string,
/**
 * Values for the sentence.
 */
params: { [key in string]: string },
/**
 * Field name, or `block:N`.
 */
place: string, };

/**
 * What just became true. Told after the commit; carries ids, never contents.
 */
export type Happened = { "kind": "story-changed",
/**
 * Which one.
 */
story: StoryId, } | { "kind": "story-received",
/**
 * Which one.
 */
story: StoryId, } | { "kind": "clips-changed",
/**
 * One of them; none when many.
 */
clip: ClipId | null, } | { "kind": "cut-changed",
/**
 * Which one.
 */
cut: CutId, } | { "kind": "job-moved",
/**
 * Which one.
 */
job: JobId, } | { "kind": "push-moved",
/**
 * Which one.
 */
push: PushId, } | { "kind": "channel-changed",
/**
 * Which one.
 */
channel: ChannelId, } | { "kind": "sync-moved" } | { "kind": "people-changed" } | { "kind": "hot-folder-ready" } | { "kind": "phase-changed" };

/**
 * A BLAKE3 fingerprint: of a blob, a revision or a record.
 */
export type Hash = string & { readonly __id: "Hash" };

/**
 * A hit of the search.
 */
export type HitCard = {
/**
 * A story that matches; none for a clip.
 */
story: StoryId | null,
/**
 * A clip that matches.
 */
clip: ClipId | null,
/**
 * Headline or file name.
 */
title: string,
/**
 * The passage around the hit.
 */
snippet: string, };

/**
 * What an import would take in.
 */
export type ImportPlan = {
/**
 * Files found.
 */
files: number,
/**
 * Their bytes.
 */
bytes: number,
/**
 * Pictures among them.
 */
pictures: number,
/**
 * Videos among them.
 */
videos: number,
/**
 * Sound among them.
 */
audio: number,
/**
 * Kinds that are taken in but cannot be shown yet.
 */
notYet: number,
/**
 * Free bytes of the library's disk.
 */
freeBytes: number,
/**
 * Folder or first file, as typed or chosen.
 */
source: string, };

/**
 * What became of an import.
 */
export type ImportReport = {
/**
 * Files taken in and verified by reading back.
 */
taken: number,
/**
 * Files that the library had already.
 */
duplicates: number,
/**
 * Files that were not taken in.
 */
failed: Array<FailedFile>, };

/**
 * What an invitation file says.
 */
export type InvitationCard = {
/**
 * The centre that invites.
 */
centre: string,
/**
 * Whom.
 */
name: string,
/**
 * As what.
 */
roles: Array<Role>,
/**
 * Its pool.
 */
poolUrl: string,
/**
 * Until when the code holds.
 */
expires: number, };

/**
 * An invitation that was made.
 */
export type InvitationMade = {
/**
 * Where its file lies; empty when no folder was named.
 */
path: string,
/**
 * The invitation as a text to copy.
 */
text: string,
/**
 * The same as squares.
 */
squares: QrCard,
/**
 * Until when it holds.
 */
expires: number, };

/**
 * One piece of long work, as the screen shows it.
 */
export type JobCard = {
/**
 * Which one.
 */
id: JobId,
/**
 * What kind of work.
 */
kind: JobKind,
/**
 * Where it stands.
 */
state: JobState,
/**
 * Units done, in the kind's own unit.
 */
done: number,
/**
 * Units in all; 0 when not known.
 */
total: number,
/**
 * The stage word, a key for the window's words; may be empty.
 */
stage: string,
/**
 * When it was asked for.
 */
started: number,
/**
 * The id of the story, clip, cut or channel that it is about, or empty.
 */
subject: string,
/**
 * Why it failed.
 */
failure: Failure | null,
/**
 * Whether it may be started again.
 */
resumable: boolean, };

/**
 * One piece of long work.
 */
export type JobId = string & { readonly __id: "JobId" };

/**
 * A kind of long work.
 */
export type JobKind = "import" | "look" | "proxy" | "render" | "upload" | "download" | "push" | "backup" | "parcel";

/**
 * Where a piece of work stands.
 */
export type JobState = "queued" | "running" | "paused" | "cancelling" | "done" | "failed" | "stopped";

/**
 * Whether this machine keeps secrets.
 */
export type KeyStore = "works" | "missing";

/**
 * Where a library's keys lie.
 */
export type KeysCard = {
/**
 * Whether the system's keyring holds them; else they lie under a passphrase.
 */
inKeyring: boolean,
/**
 * The keyring as probed.
 */
keyStore: KeyStore, };

/**
 * A line of the story's ledger.
 */
export type LedgerLine = {
/**
 * What: `submit`, `withdraw`, `claim`, `pass`, `return`, `reject`, `sign`, `reopen` …
 */
act: string,
/**
 * Level where there is one.
 */
level: string | null,
/**
 * Who.
 */
byName: string,
/**
 * When.
 */
at: number,
/**
 * Fingerprint it is bound to.
 */
rev: Hash | null,
/**
 * `proposed`, `accepted` or `refused`.
 */
verdict: string,
/**
 * The pool's code where it refused.
 */
code: string | null, };

/**
 * A place where the public finds the story.
 */
export type LinkCard = {
/**
 * Name of the channel.
 */
channel: string,
/**
 * The public address, or the place in a folder.
 */
url: string,
/**
 * When.
 */
at: number, };

/**
 * Facts about the machine for the bottom line.
 */
export type Machine = {
/**
 * Free bytes on the library's disk.
 */
freeBytes: number,
/**
 * Battery in percent, where there is one.
 */
battery: number | null, };

/**
 * The person at this laptop.
 */
export type Me = {
/**
 * Who.
 */
person: PersonId,
/**
 * Name as it stands in bylines.
 */
name: string,
/**
 * Parts in the work.
 */
roles: Array<Role>,
/**
 * Name of the centre.
 */
centre: string,
/**
 * This installation.
 */
device: DeviceId,
/**
 * Address of the pool; empty when none is known.
 */
poolUrl: string,
/**
 * Whether the pool has taken this device in.
 */
enrolled: boolean,
/**
 * Whether the pool said last that this device was revoked.
 */
revoked: boolean, };

/**
 * How the exchange with laptops nearby stands.
 */
export type NearbyCard = {
/**
 * Whether this laptop listens.
 */
isOn: boolean,
/**
 * Where: address, port and the code that names this laptop, as the other person types it.
 */
place: string | null,
/**
 * Whether others find it by themselves.
 */
announces: boolean,
/**
 * Others' records here that are not in the pool yet.
 */
carried: number,
/**
 * Who was met since it was switched on.
 */
peers: Array<NearbyPeer>,
/**
 * Code of why the laptop that was seen last could not be met.
 */
trouble: string | null, };

/**
 * A laptop that proved to be of this centre.
 */
export type NearbyPeer = {
/**
 * Which one.
 */
device: DeviceId,
/**
 * Whose.
 */
name: string,
/**
 * When it was heard last.
 */
last: number,
/**
 * Records that came from it.
 */
records: number,
/**
 * Files that came from it.
 */
clips: number,
/**
 * Bytes of those.
 */
bytes: number,
/**
 * Records that it was given.
 */
gaveRecords: number,
/**
 * Files that it was given.
 */
gaveClips: number, };

/**
 * One centre and its pool.
 */
export type NewsroomId = string & { readonly __id: "NewsroomId" };

/**
 * A story opened for writing or reading.
 */
export type OpenStory = {
/**
 * Its card.
 */
card: StoryCard,
/**
 * The document so far as one or more updates, base64, to be applied in order.
 */
updates: Array<string>,
/**
 * Fingerprint of the text as the core reads it.
 */
rev: Hash,
/**
 * Why it cannot be edited now: `newer-version`, `in-review`, `signed`, `not-mine`; none when it can.
 */
readOnly: string | null,
/**
 * Material attached to the story.
 */
clips: Array<ClipCard>, };

/**
 * A value of a field that somebody else set without knowing of the one that stands.
 */
export type OtherValue = {
/**
 * `genre`, `caption`, `credit` or `story`.
 */
field: string,
/**
 * The value; of `story` the id, empty for none.
 */
value: string,
/**
 * Who set it.
 */
byName: string,
/**
 * When, by that laptop's clock.
 */
at: number, };

/**
 * What stands on a sheet that somebody signed on paper.
 */
export type PaperWord = {
/**
 * Who signed it.
 */
by: string,
/**
 * The date on it, as written.
 */
date: string,
/**
 * The remarks on it; may be empty.
 */
remarks: string, };

/**
 * What became of a parcel.
 */
export type ParcelReport = {
/**
 * `made` for the pool, or `taken` in.
 */
way: string,
/**
 * The parcel's folder on the stick.
 */
folder: string,
/**
 * Records packed, or brought and new.
 */
records: number,
/**
 * Pieces of material packed, or brought and new.
 */
clips: number,
/**
 * Bytes of the parcel.
 */
bytes: number,
/**
 * The pool's receipts that were read.
 */
receipts: number,
/**
 * Records that the pool holds now, by these receipts.
 */
pooledRecords: number,
/**
 * Pieces of material that the pool holds now, by these receipts.
 */
pooledClips: number,
/**
 * Records that the pool did not take.
 */
rejected: number,
/**
 * Own parcels on the stick that the pool has not answered yet.
 */
waiting: number,
/**
 * Whether the pool took this laptop in by its parcel.
 */
joined: boolean,
/**
 * Stories that review parcels brought.
 */
reviews: Array<ReviewCame>,
/**
 * Verdicts that slips brought, as this laptop reads them; the pool judges them later.
 */
verdicts: Array<VerdictCame>,
/**
 * Plain copies that were written.
 */
papers: Array<string>,
/**
 * What of the stick was not taken in, beside the rest that was.
 */
troubles: Array<ParcelTrouble>, };

/**
 * A piece of a stick that was not taken in.
 */
export type ParcelTrouble = {
/**
 * Its name on the stick.
 */
name: string,
/**
 * Why.
 */
failure: Failure, };

/**
 * A person of the centre.
 */
export type PersonCard = {
/**
 * Who.
 */
person: PersonId,
/**
 * Name.
 */
name: string,
/**
 * Parts in the work.
 */
roles: Array<Role>,
/**
 * Laptops.
 */
devices: Array<DeviceCard>, };

/**
 * One person of the centre.
 */
export type PersonId = string & { readonly __id: "PersonId" };

/**
 * Where the program stands when the window opens.
 */
export type Phase = "first-run" | "locked" | "ready";

/**
 * What kind of file is looked for.
 */
export type PickKind = "invitation" | "recovery" | "media";

/**
 * A folder that may take the library.
 */
export type Place = {
/**
 * The folder.
 */
dir: string,
/**
 * Free bytes.
 */
freeBytes: number,
/**
 * Whether files can be written there.
 */
writable: boolean,
/**
 * Whether a library lies there already.
 */
taken: boolean,
/**
 * Whether the disk can be unplugged.
 */
removable: boolean, };

/**
 * How a piece could be there in time.
 */
export type ProposalCard = { "kind": "send-now",
/**
 * When it would be there.
 */
arrives: number, } | { "kind": "smaller",
/**
 * Bits a second of its picture.
 */
bits: number,
/**
 * Its bytes, about.
 */
bytes: number,
/**
 * When it would be there, without the time to make it.
 */
arrives: number, } | { "kind": "carry" };

/**
 * What the push room shows of one signed story.
 */
export type PushCard = {
/**
 * The story.
 */
card: StoryCard,
/**
 * The signed fingerprint.
 */
rev: Hash,
/**
 * Who signed.
 */
signatures: Array<SignatureCard>,
/**
 * Releases so far.
 */
deliveries: Array<DeliveryCard>, };

/**
 * One release of one story on one channel.
 */
export type PushId = string & { readonly __id: "PushId" };

/**
 * Black squares of one unit on white.
 */
export type QrCard = {
/**
 * Units of a side, without the white border.
 */
size: number,
/**
 * The black ones as the data of an SVG path.
 */
path: string, };

/**
 * A row of the review queue.
 */
export type QueueCard = {
/**
 * The story.
 */
card: StoryCard,
/**
 * Level it waits for.
 */
level: string,
/**
 * Whether it waits for somebody like me.
 */
forMe: boolean,
/**
 * Whether I hold it.
 */
heldByMe: boolean,
/**
 * Which one (same as in the card, for keys).
 */
story: StoryId, };

/**
 * One reason of a return.
 */
export type ReasonCard = {
/**
 * Reason code: `fact`, `wording`, `structure`, `picture`, `source`, `other`.
 */
code: string,
/**
 * Passage that it is about; empty for the whole.
 */
place: string,
/**
 * What to do.
 */
note: string, };

/**
 * What was open when the program went down.
 */
export type RecoveredCard = {
/**
 * Which story.
 */
story: StoryId,
/**
 * Its headline.
 */
headline: string,
/**
 * Its last words.
 */
lastWords: string,
/**
 * When they were flushed.
 */
at: number, };

/**
 * The next step that helps, as the window offers it.
 */
export type Remedy = "try-again" | "wait-for-network" | "free-space" | "correct-input" | "choose-another" | "unlock" | "ask-desk" | "update" | "reload" | "report";

/**
 * This laptop goes on under a new name.
 */
export type RenewalCard = {
/**
 * `restored` or `fork`.
 */
why: string,
/**
 * Since when.
 */
at: number,
/**
 * Whether the pool has not vouched for it yet, or something still has to be said again.
 */
isOpen: boolean,
/**
 * Records that were said again.
 */
records: number, };

/**
 * Why a story came back.
 */
export type ReturnCard = {
/**
 * Who returned it.
 */
byName: string,
/**
 * When.
 */
at: number,
/**
 * The reasons.
 */
reasons: Array<ReasonCard>, };

/**
 * How a review parcel shall be.
 */
export type ReviewAsk = {
/**
 * Whose laptops open it; nobody makes no sealed parcel.
 */
to: Array<PersonId>,
/**
 * `none`, `small` or `play`.
 */
pictures: string,
/**
 * Whether a plain copy for a signer without Satchel is written too. Everybody can read it.
 */
paper: boolean, };

/**
 * A story that a review parcel brought.
 */
export type ReviewCame = {
/**
 * The story.
 */
story: StoryId,
/**
 * Its headline.
 */
headline: string,
/**
 * The level that it waits for here; empty when it waits for none.
 */
level: string, };

/**
 * A story under review.
 */
export type ReviewCard = {
/**
 * The story, opened.
 */
open: OpenStory,
/**
 * Level it waits for: `first`, `second`, `final`; none when it waits for none.
 */
level: string | null,
/**
 * Whether I may claim it now; else the code of why not.
 */
mayClaim: string | null,
/**
 * Whether I may decide now (claimed by me); else the code of why not.
 */
mayDecide: string | null,
/**
 * Who has claimed it.
 */
holderName: string | null,
/**
 * Whether that is me.
 */
heldByMe: boolean,
/**
 * Fingerprint that was filed.
 */
submitted: Hash | null,
/**
 * Fingerprint that I saw last, where I did.
 */
lastSeen: Hash | null,
/**
 * Signatures so far.
 */
signatures: Array<SignatureCard>,
/**
 * The ledger, oldest first.
 */
ledger: Array<LedgerLine>,
/**
 * Remarks.
 */
comments: Array<CommentCard>, };

/**
 * What a review parcel of a story would hold, and who could get it.
 */
export type ReviewPlan = {
/**
 * The story.
 */
story: StoryId,
/**
 * Its headline.
 */
headline: string,
/**
 * The revision under review.
 */
rev: Hash,
/**
 * The level that it waits for.
 */
level: string,
/**
 * Bytes of text, ledger and remarks.
 */
textBytes: number,
/**
 * Bytes of the small pictures.
 */
smallBytes: number,
/**
 * Bytes of what plays.
 */
playBytes: number,
/**
 * Colleagues with a laptop that the pool has taken in; those who may judge this level first.
 */
colleagues: Array<Colleague>, };

/**
 * A kept version.
 */
export type RevisionCard = {
/**
 * Fingerprint.
 */
rev: Hash,
/**
 * Why it was kept: `checkpoint`, `filed`, `decision`, `received`.
 */
why: string,
/**
 * When.
 */
at: number,
/**
 * Characters by the house rule.
 */
characters: number, };

/**
 * A person's part in the work. One person may have several.
 */
export type Role = "reporter" | "editor" | "head" | "chief" | "operator" | "administrator";

/**
 * The words are on the disk.
 */
export type Saved = {
/**
 * When they were flushed.
 */
at: number, };

/**
 * One segment of a cut.
 */
export type SegmentCard = {
/**
 * The clip.
 */
clip: ClipId,
/**
 * First frame, in milliseconds of the clip.
 */
fromMs: number,
/**
 * End, in milliseconds of the clip, exclusive.
 */
toMs: number, };

/**
 * What the person may choose.
 */
export type Settings = {
/**
 * `zh-CN` or `en`.
 */
language: string,
/**
 * `system`, `light` or `dark`.
 */
theme: string,
/**
 * Size of the manuscript's text in pixels, 14 to 32.
 */
textSize: number,
/**
 * Characters read aloud in a minute.
 */
readingSpeed: number,
/**
 * Folder that is watched for new material; empty for none.
 */
hotFolder: string,
/**
 * Whether the library talks to the pool by itself.
 */
syncOn: boolean,
/**
 * Most kilobits of material that go up in a second; 0 for no limit. Text is never held up.
 */
uplinkKbit: number,
/**
 * Whether the line is paid for by the byte: originals stay here unless they are sent by hand.
 */
isMetered: boolean,
/**
 * Whether originals travel in a window of the day only.
 */
nightOnly: boolean,
/**
 * The window's first minute after midnight.
 */
nightFrom: number,
/**
 * The minute after its last; before its first if it goes over midnight.
 */
nightTo: number,
/**
 * The bulletin's minute after midnight, where there is one.
 */
bulletin: number | null, };

/**
 * A sign-off.
 */
export type SignatureCard = {
/**
 * `first`, `second` or `final`.
 */
level: string,
/**
 * Who.
 */
by: PersonId,
/**
 * The name.
 */
byName: string,
/**
 * When.
 */
at: number,
/**
 * What was signed.
 */
rev: Hash,
/**
 * Whether it still holds for the text as it is.
 */
holds: boolean,
/**
 * `proposed` until the pool's verdict, then `accepted` or `refused`.
 */
verdict: string, };

/**
 * A verdict of this laptop's person that a slip can carry.
 */
export type SlipDue = {
/**
 * The story.
 */
story: StoryId,
/**
 * Its headline.
 */
headline: string,
/**
 * `pass`, `sign`, `return` or `reject`.
 */
act: string,
/**
 * Who asked.
 */
toName: string, };

/**
 * A story in a list.
 */
export type StoryCard = {
/**
 * Which one.
 */
story: StoryId,
/**
 * Headline; empty while there is none.
 */
headline: string,
/**
 * Genre code: `brief`, `feature`, `interview`, `comment`, `voice`, `photo`.
 */
genre: string,
/**
 * State code: `draft`, `awaiting-first`, `awaiting-second`, `awaiting-final`, `signed`, `published`, `rejected`, `held`.
 */
state: string,
/**
 * Set when the last decision was a return for change.
 */
returned: ReturnCard | null,
/**
 * Who wrote it.
 */
author: PersonId,
/**
 * The author's name.
 */
authorName: string,
/**
 * Whether I am the author.
 */
mine: boolean,
/**
 * Characters by the house rule.
 */
characters: number,
/**
 * Read-aloud time in seconds.
 */
seconds: number,
/**
 * Figures in the text.
 */
figures: number,
/**
 * Last change.
 */
updated: number,
/**
 * Where it is.
 */
whereabouts: Whereabouts,
/**
 * Reviewer who has claimed it.
 */
holderName: string | null,
/**
 * Links of releases, newest first.
 */
links: Array<LinkCard>,
/**
 * Whether the other side has seen changes beside this text (a branch).
 */
branches: number,
/**
 * Other values of its genre that were set at the same time.
 */
others: Array<OtherValue>, };

/**
 * One story, from first draft to archive, across every laptop that holds it.
 *
 * ```compile_fail,E0308
 * # use satchel_terms::{ClipId, Mint, StoryId};
 * fn open(mint: &mut impl Mint) -> StoryId {
 *     ClipId::mint(mint) // a clip is not a story
 * }
 * ```
 */
export type StoryId = string & { readonly __id: "StoryId" };

/**
 * The state of the exchange.
 */
export type SyncCard = {
/**
 * `off` (no pool known or switched off), `offline`, `idle`, `busy`.
 */
state: string,
/**
 * Address of the pool.
 */
poolUrl: string,
/**
 * Records that wait.
 */
recordsWaiting: number,
/**
 * Pieces of material that have to travel.
 */
itemsWaiting: number,
/**
 * Their bytes.
 */
bytesWaiting: number,
/**
 * Pieces of material that the pool makes itself.
 */
itemsMaking: number,
/**
 * Last time the pool answered.
 */
lastAnswer: number | null,
/**
 * Code of what stands in the way.
 */
trouble: string | null,
/**
 * Milliseconds that the pool's clock is ahead of ours.
 */
clockAheadMs: number,
/**
 * That this laptop goes on under a new name, while it matters.
 */
renewal: RenewalCard | null,
/**
 * Texts that wait, pieces with those that need a person and those in motion first, and texts that are in the pool.
 */
items: Array<SyncItem>, };

/**
 * One piece on its way.
 */
export type SyncItem = {
/**
 * File name or headline.
 */
title: string,
/**
 * `text`, `thumb`, `proxy`, `original`, or `field`: a fact with two values.
 */
what: string,
/**
 * The story, where there is one.
 */
story: StoryId | null,
/**
 * The clip whose fact has two values.
 */
clip: ClipId | null,
/**
 * Where it is.
 */
whereabouts: Whereabouts, };

/**
 * A line of the permanent log.
 */
export type SyncLogLine = {
/**
 * When.
 */
at: number,
/**
 * `info`, `merge`, `warning` or `error`.
 */
level: string,
/**
 * Code, the key of the sentence.
 */
code: string,
/**
 * Values for the sentence.
 */
params: { [key in string]: string }, };

/**
 * What a reviewer or author does with a story.
 */
export type Verb = { "act": "claim" } | { "act": "release" } | { "act": "pass",
/**
 * What was read.
 */
rev: Hash, } | { "act": "return",
/**
 * What was read.
 */
rev: Hash,
/**
 * At least one.
 */
reasons: Array<ReasonCard>, } | { "act": "reject",
/**
 * Why.
 */
reason: string, } | { "act": "withdraw" };

/**
 * A verdict that a slip brought.
 */
export type VerdictCame = {
/**
 * The story.
 */
story: StoryId,
/**
 * Its headline.
 */
headline: string,
/**
 * `pass`, `sign`, `return` or `reject`.
 */
act: string,
/**
 * Who decided.
 */
byName: string,
/**
 * `proposed` until the pool has judged it, then `accepted` or `refused`.
 */
verdict: string, };

/**
 * Where a story or a piece of material is: the four honest words.
 */
export type Whereabouts = { "at": "local",
/**
 * When it was flushed.
 */
saved: number, } | { "at": "waiting",
/**
 * How many pieces wait.
 */
items: number,
/**
 * How many bytes.
 */
bytes: number, } | { "at": "moving",
/**
 * Bytes that the pool holds.
 */
done: number,
/**
 * Bytes in all.
 */
total: number, } | { "at": "making" } | { "at": "pooled",
/**
 * When the pool said so.
 */
since: number, } | { "at": "needs-you",
/**
 * Code of what stands in the way.
 */
code: string, };

/**
 * Who is writing a story.
 */
export type WritingCard = {
/**
 * The person's name.
 */
name: string,
/**
 * Since when, by the pool's clock.
 */
since: number,
/**
 * Whether it is this laptop.
 */
isHere: boolean,
/**
 * Whether it is the person at this laptop, here or at another one.
 */
isMe: boolean,
/**
 * Whether this person may take the baton over.
 */
mayBreak: boolean, };

/** Every command of the border. */
export const COMMANDS = [
  "app_state",
  "choose_library",
  "check_place",
  "set_language",
  "read_invitation",
  "start_centre",
  "join_centre",
  "unlock",
  "settings",
  "save_settings",
  "machine",
  "recovered",
  "recovery_seen",
  "diagnostics",
  "invitation_in_picture",
  "recover",
  "stories",
  "story",
  "create_story",
  "open_story",
  "keep_update",
  "seal_story",
  "check_rev",
  "checkpoint",
  "revisions",
  "compare",
  "beside",
  "take_branch",
  "set_genre",
  "preflight",
  "file_story",
  "comments",
  "add_comment",
  "search",
  "clips",
  "clip",
  "caption_clip",
  "settle_clip",
  "attach_clip",
  "fetch_original",
  "media_base",
  "plan_import",
  "start_import",
  "import_report",
  "hot_offers",
  "take_hot",
  "cuts",
  "create_cut",
  "change_cut",
  "render_cut",
  "queue",
  "review",
  "decide",
  "pass_on_paper",
  "review_plan",
  "make_review_parcel",
  "slips_due",
  "make_slip",
  "channels",
  "save_channel",
  "push_list",
  "rehearse",
  "release",
  "resolve_push",
  "sync_state",
  "sync_now",
  "sync_log",
  "arrivals",
  "send_now",
  "make_parcel",
  "take_parcel",
  "parcel_report",
  "people",
  "invite",
  "revoke_device",
  "nearby_state",
  "set_nearby",
  "meet_nearby",
  "keys",
  "change_keys",
  "escrow",
  "give_escrow",
  "take_back_escrow",
  "device_facts",
  "quarantine",
  "export_apart",
  "writing",
  "pool_page",
  "jobs",
  "cancel_job",
  "pick_folder",
  "pick_file",
  "open_link",
] as const;

export type CommandName = (typeof COMMANDS)[number];

/** Every event of the border. */
export const EVENTS = [
  "happened",
] as const;

export type EventName = (typeof EVENTS)[number];
