// tus-js-client at work on a pool: VERB POOL TOKEN FILE [PLACE]. Prints one line of JSON.
import { createReadStream, statSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { Upload } from 'tus-js-client';

const [verb, pool, token, file, place] = process.argv.slice(2);
const half = statSync(file).size / 2;
const requests = {};

function upload(source, options) {
  return new Promise((done, failed) => {
    const one = new Upload(source, {
      endpoint: `${pool}/tus`,
      headers: { authorization: `Bearer ${token}` },
      metadata: { filename: 'river.mov', filetype: 'video/quicktime' },
      retryDelays: [100, 300, 1000],
      onAfterResponse: (request) => {
        requests[request.getMethod()] = (requests[request.getMethod()] ?? 0) + 1;
      },
      onSuccess: () => done(one.url),
      onError: failed,
      ...options(() => one, done),
    });
    one.start();
  });
}

/** Stops when half of it is there; with `forever` it is called off at the pool. */
const stopping = (forever) => (self, done) => ({
  chunkSize: 500_000,
  onChunkComplete: (_size, accepted) => {
    if (accepted >= half) self().abort(forever).then(() => done(self().url));
  },
});

const verbs = {
  begin: () => upload(createReadStream(file), stopping(false)),
  resume: () => upload(createReadStream(file), () => ({ uploadUrl: place })),
  parallel: () => upload(createReadStream(file), () => ({ parallelUploads: 4 })),
  terminate: () => upload(createReadStream(file), stopping(true)),
  // For so many seconds at most; tells what the pool holds then, and after how many milliseconds.
  timed: () =>
    new Promise((done, failed) => {
      const began = Date.now();
      const told = async (url) => {
        const took = Date.now() - began;
        const headers = { authorization: `Bearer ${token}`, 'tus-resumable': '1.0.0' };
        const held = await fetch(url, { method: 'HEAD', headers });
        requests.bytes = Number(held.headers.get('upload-offset'));
        requests.took = took;
        done(url);
      };
      upload(createReadStream(file), (self) => {
        setTimeout(() => self().abort().then(() => told(self().url)), Number(place) * 1_000);
        return {};
      }).then(told, failed);
    }),
  // Of unknown length, as a recording that still goes on.
  stream: () =>
    upload(createReadStream(file).pipe(new PassThrough()), () => ({
      uploadLengthDeferred: true,
      chunkSize: 500_000,
    })),
};

console.log(JSON.stringify({ places: [await verbs[verb]()], requests }));
process.exit(0);
