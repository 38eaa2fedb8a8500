// uppy on a page, under a browser's rules about origins as jsdom keeps them: VERB POOL TOKEN FILE ORIGIN. Prints one
// line of JSON; there are no places when the browser or the pool did not let it.
import { readFileSync } from 'node:fs';
import { register } from 'node:module';
import { JSDOM } from 'jsdom';

const [, pool, token, file, origin] = process.argv.slice(2);
const requests = {};
const { window } = new JSDOM('', { url: `${origin}/` });
for (const name of ['window', 'document', 'XMLHttpRequest', 'Blob', 'File', 'FileReader', 'localStorage']) {
  globalThis[name] = window[name];
}
// What a bundler does for a browser.
const browser = `export const resolve = (name, context, next) =>
  next(name === 'tus-js-client' ? 'tus-js-client/lib.esm/browser/index.js' : name, context);`;
register(`data:text/javascript,${encodeURIComponent(browser)}`);
const { default: Uppy } = await import('@uppy/core');
const { default: Tus } = await import('@uppy/tus');

const uppy = new Uppy().use(Tus, {
  endpoint: `${pool}/tus`,
  headers: { authorization: `Bearer ${token}` },
  chunkSize: 2_000_000,
  retryDelays: [],
  onAfterResponse: (request) => {
    requests[request.getMethod()] = (requests[request.getMethod()] ?? 0) + 1;
  },
});
uppy.addFile({ name: 'river.mov', type: 'video/quicktime', data: new window.Blob([readFileSync(file)]) });
const { successful } = await uppy.upload();
console.log(JSON.stringify({ places: successful.map((one) => one.uploadURL), requests }));
process.exit(0);
