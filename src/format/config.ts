/**
 * The repository's `config` file (restic design.rst, Repository Format).
 */
import { HoldfastError } from '../base/errors.ts';
import { jsonText, jsonValue } from './go-json.ts';
import type { Id } from './id.ts';
import { FieldReader, type JsonObject, parseJsonObject } from './json-object.ts';
import { degree, formatPolynomial, isIrreducible, POLYNOMIAL_DEGREE, parsePolynomial } from './polynomial.ts';

export interface RepositoryConfig {
  /** 2 allows compression. */
  readonly version: 1 | 2;
  /** Random, names the repository for caches and for telling a swapped one. */
  readonly id: Id;
  /** Irreducible, degree 53; bit i is the coefficient of x^i. */
  readonly chunkerPolynomial: bigint;
  /** Fields of other programs, kept. */
  readonly extra?: JsonObject;
}

/** Reads a decrypted config. Throws 'unsupported' for other versions, 'corrupt' for what no restic wrote. */
export function parseConfig(bytes: Uint8Array): RepositoryConfig {
  const fields = new FieldReader(parseJsonObject(bytes, 'the repository config'), 'the repository config');
  const version = fields.integer('version', 2 ** 32);
  if (version !== 1 && version !== 2) {
    throw new HoldfastError('unsupported', `the repository has format version ${version}; known are 1 and 2`, {
      hint: 'Use a newer Holdfast for this repository.',
      context: { version },
    });
  }
  const id = fields.id('id');
  const chunkerPolynomial = polynomialOf(fields);
  const extra = fields.rest();
  return { version, id, chunkerPolynomial, ...(extra === undefined ? {} : { extra }) };
}

/** The JSON that restic writes for it. */
export function encodeConfig(config: RepositoryConfig): Uint8Array {
  const polynomial = jsonText(formatPolynomial(config.chunkerPolynomial));
  let text = `{"version":${config.version},"id":${jsonText(config.id)},"chunker_polynomial":${polynomial}`;
  for (const [name, value] of Object.entries(config.extra ?? {})) text += `,${jsonText(name)}:${jsonValue(value)}`;
  return Buffer.from(`${text}}`, 'latin1');
}

function polynomialOf(fields: FieldReader): bigint {
  const polynomial = parsePolynomial(fields.string('chunker_polynomial'));
  if (polynomial === undefined) throw fields.wrong('chunker_polynomial', 'a hex number');
  if (!isIrreducible(polynomial)) throw fields.wrong('chunker_polynomial', 'an irreducible polynomial');
  if (degree(polynomial) !== POLYNOMIAL_DEGREE) {
    throw new HoldfastError('unsupported', `the chunker polynomial has degree ${degree(polynomial)}; 53 is supported`);
  }
  return polynomial;
}
