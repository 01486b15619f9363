import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AgentEvents } from '../../../../src/agent/agent-state.ts';
import { Notices } from '../../../../src/agent/notices.ts';
import { RemoteReactions } from '../../../../src/agent/remotes/remote-reactions.ts';
import { RemoteStates } from '../../../../src/agent/remotes/remote-states.ts';
import { HoldfastError } from '../../../../src/base/errors.ts';
import { EventHub } from '../../../../src/http/event-stream.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { type TemporaryFolder, temporaryFolder } from '../../../support/temporary-folder.ts';
import { remoteOf } from './remote-for-tests.ts';

const hourMs = 3_600_000;
const remote = remoteOf();
const unreachable = new HoldfastError('network', 'Nobody listens.', { hint: 'Look whether it runs.' });

let folder: TemporaryFolder;
let clock: FakeClock;
let states: RemoteStates;
let notices: Notices;
let told: string[];
let events: EventHub<AgentEvents>;
let reactions: RemoteReactions;

beforeEach(async () => {
  folder = await temporaryFolder();
  clock = new FakeClock();
  states = await RemoteStates.open({ folder: folder.at('remotes'), clock, ids: [] });
  notices = await Notices.open({ path: folder.at('notices.json'), clock, onTrouble: () => undefined });
  told = [];
  notices.subscribe(({ code }) => told.push(code));
  events = new EventHub<AgentEvents>({ clock });
  reactions = new RemoteReactions({ events, notices, clock, onNews: () => undefined });
});
afterEach(async () => {
  events.close();
  await notices.flush();
  await folder[Symbol.asyncDispose]();
});

const fail = async (error: Error = unreachable) => reactions.failed(remote, await states.failed('panel', error));
const answer = async () => reactions.answered(remote, await states.answered('panel', [], clock.monotonicMs()));

describe('a remote that does not answer', () => {
  it('is told of once, when it lasts: for a blip nobody is told', async () => {
    await fail();
    await fail();
    await fail();
    expect(told).toEqual([]);
    await answer();
    await clock.advance(hourMs);
    await fail();
    expect(told).toEqual([]);
    await clock.advance(hourMs);
    await fail();
    await fail();
    expect(told).toEqual(['remote-unreachable']);
    expect(notices.list()).toMatchObject([{ remoteId: 'panel', level: 'warning', hint: 'Look whether it runs.' }]);
  });

  it('is not told of every day, and again only after it answered', async () => {
    for (let hour = 0; hour < 72; hour++) {
      await fail();
      await clock.advance(hourMs);
    }
    expect(told).toEqual(['remote-unreachable']);
    await answer();
    expect(notices.list()).toEqual([]);
    for (let hour = 0; hour < 30; hour++) {
      await fail();
      await clock.advance(hourMs);
    }
    expect(told).toEqual(['remote-unreachable', 'remote-unreachable']);
  });

  it('after a long sleep, one question without an answer is a blip', async () => {
    await fail();
    await clock.advance(10 * hourMs);
    await fail();
    expect(told).toEqual([]);
  });

  it('that refuses the credential is told of at once', async () => {
    await fail(new HoldfastError('unauthenticated', 'The key is not known there.'));
    expect(told).toEqual(['remote-refused']);
    await answer();
    expect(notices.list()).toEqual([]);
  });
});
