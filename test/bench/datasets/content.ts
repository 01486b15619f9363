/**
 * Makes the bytes of one piece, at several hundred MB/s, always the same for the same piece.
 *
 * The kinds are tuned to compress by zstd 3 as their namesakes do: text about 4 : 1, records and programs about 2 to 4 : 1.
 */
import type { Piece } from './plan.ts';
import { keystream, Sfc32 } from './random.ts';
import { makeWords } from './words.ts';

const VOCABULARY = 4096;
const WORD_SLOT = 24;
const SEPARATORS = [' ', ' ', ' ', ' ', ' ', ' ', ' ', ', ', '. ', ' = ', '(', ') ', ': ', '_', '.', '; '];
/** A text's line is at most this long; room that must be left when a line is begun. */
const LINE_ROOM = 512;

const words = packWords();
const separators = SEPARATORS.map((text) => Buffer.from(text));
const opcodes = packOpcodes();

/** Fills `target` (as long as the piece). */
export function fill(target: Uint8Array, piece: Piece): void {
  const random = new Sfc32(piece.from, 0x636f6e74);
  switch (piece.content) {
    case 'stream':
      keystream(target, piece.from);
      break;
    case 'text':
      fillText(target, random);
      break;
    case 'records':
      fillRecords(target, random);
      break;
    case 'program':
      fillProgram(target, random);
      break;
    case 'noise':
      fillNoise(target, 0, target.length, random);
  }
}

/**
 * Lines of words. Small words are frequent ones; every file has its own subset of rare ones (its subject), and about every second
 * line is an earlier one with a new end, as in logs, tables and code.
 */
function fillText(target: Uint8Array, random: Sfc32): void {
  const subject = random.below(VOCABULARY);
  const recent: number[] = [];
  let at = 0;
  while (at < target.length) {
    const line = at;
    const repeated = recent.length > 4 && random.below(100) < 60 ? recent[random.below(recent.length)] : undefined;
    if (repeated !== undefined) {
      const length = Math.min(24 + random.below(48), at - repeated);
      at = copyBytes(target, at, target, repeated, length);
    } else {
      const indent = (random.next() & 3) * 2;
      for (let i = 0; i < indent && at < target.length; i++) target[at++] = 0x20;
    }
    const count = 2 + (random.next() & 7);
    for (let i = 0; i < count && at < target.length; i++) {
      const bits = random.next();
      // The product of two uniform numbers: the small ones are frequent (a stand-in for Zipf's law).
      const rank = (((bits & 0xfff) * ((bits >>> 12) & 0xfff)) >>> 12) & 0xfff;
      const word = rank < 256 ? rank : (rank & 0x7f) + subject;
      const slot = (word & (VOCABULARY - 1)) * WORD_SLOT;
      at = copyBytes(target, at, words, slot + 1, words[slot] ?? 0);
      const separator = separators[bits >>> 28];
      if (separator !== undefined) at = copyBytes(target, at, separator, 0, separator.length);
    }
    if (at < target.length) target[at++] = 0x0a;
    if (at - line < LINE_ROOM) recent[random.below(Math.min(recent.length + 1, 64))] = line;
  }
}

/** 32-byte records: a counter, a clock, two enumerations, a measured value with noise, and padding. */
function fillRecords(target: Uint8Array, random: Sfc32): void {
  const view = new DataView(target.buffer, target.byteOffset, target.byteLength);
  let clock = random.next() >>> 1;
  let level = random.next() & 0xffff;
  let at = 0;
  for (let row = 0; at + 32 <= target.length; row++, at += 32) {
    const bits = random.next();
    clock = (clock + ((bits & 3) === 0 ? bits & 0xff : 60)) | 0;
    level = (level + ((bits >>> 8) & 0xf) - 8) & 0xffff;
    target.fill(0, at, at + 32);
    view.setUint32(at, row, true);
    view.setInt32(at + 4, clock, true);
    view.setUint16(at + 8, (bits >>> 16) & 7);
    view.setUint16(at + 10, level, true);
    if (((bits >>> 24) & 7) === 0) view.setInt32(at + 12, random.next(), true);
    target[at + 16] = (bits >>> 20) & 0x3f;
  }
  fillNoise(target, at, target.length, random);
}

/** Runs of frequent instructions with random operands, repeats of earlier runs, zeros, and tables of names. */
function fillProgram(target: Uint8Array, random: Sfc32): void {
  let at = 0;
  while (at < target.length) {
    const section = random.below(16);
    const end = Math.min(target.length, at + 64 + random.below(2048));
    if (section === 0) {
      target.fill(0, at, end);
      at = end;
    } else if (section < 4) {
      while (at < end) {
        const slot = random.below(VOCABULARY) * WORD_SLOT;
        at = copyBytes(target, at, words, slot + 1, words[slot] ?? 0);
        if (at < target.length) target[at++] = 0;
      }
    } else if (section < 12 && at > 256) {
      while (at < end) at = copyBytes(target, at, target, random.below(at - 128), 16 + random.below(96));
    } else {
      while (at < end) {
        const bits = random.next();
        const slot = (((bits & 0xff) * ((bits >>> 8) & 0xff)) >>> 8) * 4;
        at = copyBytes(target, at, opcodes, slot, 4);
        if ((bits >>> 16) & 1 && at < target.length) target[at++] = bits >>> 24;
      }
    }
  }
}

function fillNoise(target: Uint8Array, start: number, end: number, random: Sfc32): void {
  let at = start;
  for (; at + 4 <= end; at += 4) {
    const bits = random.next();
    target[at] = bits;
    target[at + 1] = bits >>> 8;
    target[at + 2] = bits >>> 16;
    target[at + 3] = bits >>> 24;
  }
  for (; at < end; at++) target[at] = random.next();
}

/** Copies what fits, byte by byte (faster than `set` for a few bytes); returns the new end. */
function copyBytes(target: Uint8Array, at: number, source: Uint8Array, from: number, length: number): number {
  const fits = Math.min(length, target.length - at);
  for (let i = 0; i < fits; i++) target[at + i] = source[from + i] ?? 0;
  return at + fits;
}

/** Every word in a slot of its own: one byte of length, then the word. */
function packWords(): Uint8Array {
  const packed = new Uint8Array(VOCABULARY * WORD_SLOT);
  makeWords(VOCABULARY).forEach((word, index) => {
    const length = Math.min(word.length, WORD_SLOT - 1);
    packed[index * WORD_SLOT] = length;
    packed.set(Buffer.from(word).subarray(0, length), index * WORD_SLOT + 1);
  });
  return packed;
}

function packOpcodes(): Uint8Array {
  const packed = new Uint8Array(256 * 4);
  fillNoise(packed, 0, packed.length, new Sfc32(0x6f70636f, 1));
  return packed;
}
