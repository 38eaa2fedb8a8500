// @vitest-environment jsdom
import * as Y from 'yjs';
import { it } from 'vitest';
import { act, below, exchange, firstUpdate, randomFrom, seat, truth } from './testing';
it('debug', () => {
  for (const seed of (process.env['SEEDS'] ?? '').split(',').map(Number)) {
    const random = randomFrom(seed);
    const base = firstUpdate(random, 3 + below(random, 10));
    const names = random() < 0.5 ? ['a', 'b'] : ['a', 'b', 'c'];
    const peers = names.map((name) => seat(name, random, [base]));
    const rounds = 1 + below(random, 2);
    let n = 0;
    for (let round = 0; round < rounds; round++) {
      for (const peer of peers) { const count = 4 + below(random, 8); for (let i = 0; i < count; i++) act(peer, random, () => `‹${seed % 100000}${n++}›`); }
      for (const p of peers) p.ydoc.on('update', (u: Uint8Array, o: unknown, _d: unknown, t: Y.Transaction) => { if (o !== 'sync') console.log('WROTE', p.name, u.length, o, t.local, JSON.stringify([...t.deleteSet.clients]), new Error().stack?.split('\n').slice(4, 12).join('\n')); });
      for (const p of peers) p.ydoc.on('beforeTransaction', (t: Y.Transaction) => { if (t.origin === null) console.log('BEGAN', p.name, t.local, new Error().stack?.split('\n').slice(4, 20).join('\n')); });
      exchange(peers, random);
      const sv = peers.map((p) => JSON.stringify([...Y.decodeStateVector(Y.encodeStateVector(p.ydoc))].sort()));
      console.log(seed, round, 'sv equal', new Set(sv).size, 'pending', peers.map((p) => p.ydoc.store.pendingStructs !== null || p.ydoc.store.pendingDs !== null));
      for (const p of peers) {
        const shown = p.editor.view.state.doc; const t = truth(p); const o = truth(peers[0]!);
        console.log(p.name, 'eq truth', shown.eq(t), 'truths eq', t.eq(o));
        t.forEach((node, _p, i) => { if (i < shown.childCount && !shown.child(i).eq(node)) console.log(' SHOWN', JSON.stringify(shown.child(i).toJSON()), '\n TRUTH', JSON.stringify(node.toJSON())); });
        t.forEach((node, _p, i) => { if (i >= o.childCount || !o.child(i).eq(node)) console.log(' FIRST', i < o.childCount ? JSON.stringify(o.child(i).toJSON()) : '-', '\n HERE', JSON.stringify(node.toJSON())); });
      }
    }
    for (const p of peers) p.close();
  }
}, 100000);
it('which', () => {
  const random = randomFrom(Number(process.env['SEEDS']));
  const base = firstUpdate(random, 3 + below(random, 10));
  const names = random() < 0.5 ? ['a', 'b'] : ['a', 'b', 'c'];
  const peers = names.map((name) => seat(name, random, [base]));
  below(random, 2);
  let n = 0;
  for (const peer of peers) { const count = 4 + below(random, 8); for (let i = 0; i < count; i++) console.log(peer.name, act(peer, random, () => `‹${n++}›`), n); }
  const all = peers.map((p) => p.updates.splice(0));
  for (const p of peers) p.ydoc.on('update', (u: Uint8Array, o: unknown) => { if (o !== 'sync') console.log('WROTE', p.name, u.length, o); });
  peers.forEach((p, i) => all.forEach((us, j) => { if (i !== j) for (const u of us) Y.applyUpdate(p.ydoc, u, 'sync'); }));
  const out = peers.map((p) => Y.encodeStateAsUpdate(p.ydoc));
  console.log(out.map((u) => u.length));
  peers.forEach((p) => { const d = new Y.Doc({gc:false}); all.flat(); Y.applyUpdate(d, base); for (const us of all) for (const u of us) Y.applyUpdate(d, u, 'x'); console.log(JSON.stringify(d.getText('body').toDelta()) === JSON.stringify(p.ydoc.getText('body').toDelta())); });
  for (const p of peers) p.close();
}, 100000);
