import { describe, expect, it } from 'vitest';
import { Access } from '../../../src/server/access/access.ts';
import { newToken } from '../../../src/server/access/token.ts';
import { Catalog } from '../../../src/server/catalog/catalog.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const address = '127.0.0.1';

async function rig(scopes: readonly string[] | '*' = '*') {
  const clock = new FakeClock();
  const catalog = Catalog.open(':memory:');
  const { text, record } = await newToken({ name: 'laptop', role: 'member', scopes, createdAt: 1 });
  catalog.tokens.add(record);
  return { clock, catalog, text, id: record.id, access: new Access({ tokens: catalog.tokens, clock }) };
}

describe('Access', () => {
  it('knows a caller by the token, and what he may use', async () => {
    const { access, text, id, catalog, clock } = await rig(['photos']);
    const caller = await access.authenticate(text, address);
    expect(caller).toMatchObject({ tokenId: id, name: 'laptop', role: 'member' });
    expect([caller.mayUse('photos'), caller.mayUse('company')]).toEqual([true, false]);
    expect(catalog.tokens.get(id)?.usedAt).toBe(clock.now().getTime());
  });

  it('answers an unknown token, a wrong secret and a revoked one alike, and none as missing', async () => {
    const { access, text, id, catalog, clock } = await rig();
    const wrongs = [
      `${text.slice(0, -1)}${text.endsWith('A') ? 'B' : 'A'}`,
      text.replace(id, '0123456789ab'),
      'nonsense',
    ];
    const answers = await Promise.all(
      wrongs.map((wrong) => access.authenticate(wrong, address).catch((error: unknown) => error)),
    );
    catalog.tokens.revoke(id, clock.now().getTime());
    answers.push(await access.authenticate(text, address).catch((error: unknown) => error));
    for (const answer of answers) {
      expect(answer).toMatchObject({ code: 'unauthenticated', context: { missing: false } });
      expect((answer as Error).message).toBe((answers[0] as Error).message);
    }
    await expect(access.authenticate(undefined, address)).rejects.toMatchObject({ context: { missing: true } });
  });

  it('ends at a revocation at once, also for a caller that was seen before', async () => {
    const { access, text, id, catalog, clock } = await rig();
    await access.authenticate(text, address);
    catalog.tokens.revoke(id, clock.now().getTime());
    await expect(access.authenticate(text, address)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('hears no more after many wrong tokens within a minute, but for callers that were seen before', async () => {
    const { access, text, clock } = await rig();
    await access.authenticate(text, address);
    for (let n = 0; n < 20; n++) {
      await expect(access.authenticate(`wrong ${n}`, address)).rejects.toMatchObject({ code: 'unauthenticated' });
    }
    await expect(access.authenticate('wrong', address)).rejects.toMatchObject({
      code: 'too-many-requests',
      context: { retryAfterSeconds: 60 },
    });
    await expect(access.authenticate('wrong', '10.0.0.1')).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(await access.authenticate(text, address)).toMatchObject({ name: 'laptop' });
    await clock.advance(61_000);
    await expect(access.authenticate('wrong', address)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('counts by account as well, from whatever address', async () => {
    const { access, text, clock } = await rig();
    const wrong = `${text.slice(0, -1)}${text.endsWith('A') ? 'B' : 'A'}`;
    for (let n = 0; n < 20; n++) await access.authenticate(wrong, `10.0.0.${n}`).catch(() => undefined);
    await expect(access.authenticate(wrong, '10.0.1.1')).rejects.toMatchObject({ code: 'too-many-requests' });
    await clock.advance(61_000);
    expect(await access.authenticate(text, address)).toMatchObject({ name: 'laptop' });
  });

  it('keeps no token in the catalog', async () => {
    const { catalog, text } = await rig();
    const secret = text.split('_').slice(2).join('_');
    const kept = JSON.stringify(catalog.tokens.list(), (_, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
    );
    expect(kept).not.toContain(secret);
    expect(kept).not.toContain(Buffer.from(secret, 'base64url').toString('latin1'));
  });
});
