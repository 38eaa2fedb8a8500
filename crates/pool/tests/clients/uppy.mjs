// uppy at work on a pool: VERB POOL TOKEN FILE [PLACE]. Prints one line of JSON.
import { readFileSync } from 'node:fs';
import Uppy from '@uppy/core';
import Tus from '@uppy/tus';

const [verb, pool, token, file, place] = process.argv.slice(2);
const bytes = readFileSync(file);
const requests = {};

function uppy(options) {
  return new Uppy().use(Tus, {
    endpoint: `${pool}/tus`,
    headers: { authorization: `Bearer ${token}` },
    onAfterResponse: (request) => {
      requests[request.getMethod()] = (requests[request.getMethod()] ?? 0) + 1;
    },
    ...options,
  });
}

/** A file as uppy wants it: bytes that know their size. */
function add(to, name, part = bytes) {
  const data = Object.assign(Buffer.from(part), { size: part.length });
  return to.addFile({ name, type: 'video/quicktime', data });
}

/** Uploads what was added; the places where it lies. */
async function upload(from) {
  const { successful, failed } = await from.upload();
  if (failed.length > 0) throw failed[0].error;
  return successful.map((one) => one.uploadURL);
}

/** Goes to the half of it. */
function half() {
  const one = uppy({ chunkSize: 500_000 });
  const id = add(one, 'river.mov');
  return new Promise((done) => {
    one.on('upload-progress', (at, { bytesUploaded }) => {
      if (bytesUploaded >= bytes.length / 2) done({ one, id, place: at.tus.uploadUrl });
    });
    one.upload();
  });
}

const verbs = {
  begin: async () => {
    const { one, place } = await half();
    one.pauseAll();
    return [place];
  },
  resume: () => {
    const one = uppy({});
    one.setFileState(add(one, 'river.mov'), { tus: { uploadUrl: place } });
    return upload(one);
  },
  parallel: () => {
    const one = uppy({ parallelUploads: 4 });
    add(one, 'river.mov');
    return upload(one);
  },
  // Three files at once, as when somebody drops them on a page.
  several: () => {
    const one = uppy({ limit: 3 });
    const third = Math.ceil(bytes.length / 3);
    for (const from of [0, third, 2 * third]) add(one, `${from}.mov`, bytes.subarray(from, from + third));
    return upload(one);
  },
  terminate: async () => {
    const { one, id, place } = await half();
    one.removeFile(id);
    while (!requests.DELETE) await new Promise((tick) => setTimeout(tick, 50));
    return [place];
  },
};

console.log(JSON.stringify({ places: await verbs[verb](), requests }));
process.exit(0);
