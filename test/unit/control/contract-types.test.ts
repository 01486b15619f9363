import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import {
  type AnswerOf,
  defineContract,
  type EventOf,
  type EventsOf,
  type InputOf,
  isJsonAnswer,
  type Method,
  method,
  methodsOf,
  nothing,
  type ParsedInputOf,
  type ReceivedStream,
  type SentAnswerOf,
  type SentStream,
} from '../../../src/control/contract-types.ts';
import { exampleContract } from './example-contract.ts';

type Notes = (typeof exampleContract)['groups']['notes'];
interface Note {
  readonly id: string;
  readonly text: string;
  readonly stars: number;
}

describe('types from a contract', () => {
  it('knows what callers give: defaults may be left out, whole parts too', () => {
    expectTypeOf<InputOf<Notes['get']>>().toExtend<{ readonly params: { id: string } }>();
    expectTypeOf<{ readonly body: { text: string } }>().toExtend<InputOf<Notes['add']>>();
    expectTypeOf<{ readonly body: { stars: number } }>().not.toExtend<InputOf<Notes['add']>>();
    expectTypeOf<Record<never, never>>().toExtend<InputOf<Notes['list']>>();
    expectTypeOf<Record<never, never>>().not.toExtend<InputOf<Notes['get']>>();
    expectTypeOf<{ readonly query: { limit: string } }>().not.toExtend<InputOf<Notes['list']>>();
  });

  it('knows what handlers get: defaults filled in', () => {
    expectTypeOf<ParsedInputOf<Notes['add']>['body']>().toEqualTypeOf<{ text: string; stars: number }>();
    expectTypeOf<ParsedInputOf<Notes['list']>['query']['limit']>().toEqualTypeOf<number>();
    expectTypeOf<ParsedInputOf<Notes['list']>['params']>().toEqualTypeOf<undefined>();
  });

  it('knows the answers of each kind', () => {
    expectTypeOf<AnswerOf<Notes['get']>>().toExtend<Note>();
    expectTypeOf<AnswerOf<Notes['remove']>>().toEqualTypeOf<undefined>();
    expectTypeOf<AnswerOf<Notes['download']>>().toEqualTypeOf<ReceivedStream>();
    expectTypeOf<SentAnswerOf<Notes['download']>>().toEqualTypeOf<SentStream>();
  });

  it('tells events apart by type', () => {
    type Removed = Extract<EventOf<typeof exampleContract>, { type: 'note.removed' }>;
    expectTypeOf<Removed['data']>().toEqualTypeOf<{ id: string }>();
    expectTypeOf<EventsOf<typeof exampleContract>['note.removed']>().toEqualTypeOf<{ id: string }>();
  });
});

describe('defineContract', () => {
  const contractOf = (...methods: Method[]) =>
    defineContract({ title: 't', version: '1', groups: { all: Object.fromEntries(methods.entries()) }, events: {} });
  const at = (path: `/${string}`) => method({ verb: 'GET', path, answer: nothing, summary: 's' });

  it('lists every method with its names', () => {
    expect(methodsOf(exampleContract).map(({ group, name }) => `${group}.${name}`)).toEqual([
      'notes.list',
      'notes.get',
      'notes.add',
      'notes.remove',
      'notes.download',
      'system.stop',
    ]);
  });

  it('tells answers of JSON from the others', () => {
    const { get, remove, download } = exampleContract.groups.notes;
    expect([get, remove, download].map(({ answer }) => isJsonAnswer(answer))).toEqual([true, false, false]);
  });

  it('refuses two methods of one verb and path, whatever their parameters are called', () => {
    const params = z.object({ id: z.string() });
    const named = method({ verb: 'GET', path: '/a/:id', params, answer: nothing, summary: 's' });
    const renamed = z.object({ name: z.string() });
    const other = method({ verb: 'GET', path: '/a/:name', params: renamed, answer: nothing, summary: 's' });
    expect(() => contractOf(named, other)).toThrow('GET /a/:');
    expect(() => contractOf(at('/a'), at('/b'))).not.toThrow();
  });

  it('refuses the names of events that the stream itself uses', () => {
    expect(() => defineContract({ title: 't', version: '1', groups: {}, events: { reset: z.object() } })).toThrow(
      'reset',
    );
  });

  it('refuses a path whose names nobody describes, and a body for GET', () => {
    expect(() => at('/a/:id')).toThrow('params');
    const params = z.object({ name: z.string() });
    expect(() => method({ verb: 'GET', path: '/a/:id', params, answer: nothing, summary: 's' })).toThrow('params');
    expect(() => method({ verb: 'GET', path: '/a', body: z.object(), answer: nothing, summary: 's' })).toThrow('body');
  });
});
