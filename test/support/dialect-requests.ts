/**
 * Whether a request is one that a dialect's document has: its method and path, the credential and the headers shown, query parameters and
 * fields of the body by name, type and need. Whatever a document does not show is refused, with a sentence that says what it was.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Fixture, Parameter } from './dialect-fixtures.ts';
import { documentedCredential, productExtensions } from './dialect-product.ts';
import { sameShape } from './same-shape.ts';

export interface AskedRequest {
  readonly method: string;
  /** With the query, without the stub's prefix. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface RequestRules {
  readonly token: string;
  readonly withProduct: boolean;
}

/** @returns undefined when the request is that of the fixture; otherwise why it is not */
export function refusal(of: Fixture, request: AskedRequest, rules: RequestRules): string | undefined {
  const product = rules.withProduct ? productExtensions[of.dialect] : undefined;
  if (request.method !== of.request.method) return `method ${request.method}`;
  const [target, query] = splitTarget(request.target);
  const suffix = product?.pathSuffix ?? '';
  const path = suffix !== '' && target.endsWith(suffix) ? target.slice(0, -suffix.length) : target;
  return refusedPath(of, path) ?? refusedHeaders(of, request, rules) ?? refusedParameters(of, query, request, rules);
}

/** Whether it is at least the fixture's method and path: which refusal is worth telling. */
export function samePlace(of: Fixture, request: AskedRequest): boolean {
  return request.method === of.request.method && refusedPath(of, splitTarget(request.target)[0]) === undefined;
}

/** As sent: a URL's parser would resolve `..` and doubled slashes. */
function splitTarget(target: string): readonly [path: string, query: URLSearchParams] {
  const [path = '', query = ''] = target.split('?', 2);
  return [path, new URLSearchParams(query)];
}

/** A template as /stacks/{id}/backups against a path. */
function refusedPath(of: Fixture, path: string): string | undefined {
  const [template, actual] = [of.request.path.split('/'), path.split('/')];
  const elsewhere = `path ${path}`;
  if (template.length !== actual.length) return elsewhere;
  for (const [index, part] of template.entries()) {
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    const value = actual[index]!;
    if (name === undefined) {
      if (part !== value) return elsewhere;
      continue;
    }
    const wanted = of.request.values[name];
    if (value === '' || (typeof wanted === 'number' && !/^\d+$/.test(value))) return elsewhere;
    if (of.request.fixed.includes(name) && value !== wanted) return `${name} "${value}" in the path`;
  }
  return undefined;
}

function refusedHeaders(of: Fixture, request: AskedRequest, rules: RequestRules): string | undefined {
  const forms = [
    documentedCredential[of.dialect],
    ...(rules.withProduct ? productExtensions[of.dialect].credentials : []),
  ];
  if (!forms.some((form) => request.headers[form.header] === `${form.prefix}${rules.token}`)) {
    const wanted = forms.map((form) => `${form.header}: ${form.prefix}<token>`).join(' or ');
    return `a request without its credential (${wanted})`;
  }
  for (const [name, value] of Object.entries(of.request.headers)) {
    if (name === 'Authorization') continue;
    const is = request.headers[name.toLowerCase()];
    if (typeof is !== 'string' || mediaType(is) !== value) return `header ${name}: ${is ?? '(none)'}`;
  }
  const accepts = request.headers.accept ?? '*/*';
  if (of.dialect === 'panel' && !accepts.includes('application/json')) return `header Accept: ${accepts}`;
  return undefined;
}

function refusedParameters(
  of: Fixture,
  query: URLSearchParams,
  request: AskedRequest,
  rules: RequestRules,
): string | undefined {
  const product = rules.withProduct ? productExtensions[of.dialect] : undefined;
  const inQuery = of.request.parameters.filter((one) => one.in === 'query');
  const ofProduct = (product?.query ?? []).filter(
    ({ path }) => of.request.method === 'GET' && path === of.request.path,
  );
  const given = new Map<string, string>();
  for (const [name, value] of query) {
    if (given.has(name)) return `query parameter ${name} twice`;
    given.set(name, value);
  }
  const fields = bodyFields(request, product?.parametersInBody === true);
  if (typeof fields === 'string') return fields;
  if (product?.parametersInBody === true && fields !== undefined) {
    for (const [name, value] of Object.entries(fields)) if (value !== null) given.set(name, String(value));
  }
  for (const [name, value] of given) {
    const known = inQuery.find((one) => one.name === name) ?? ofProduct.find((one) => one.name === name);
    if (known === undefined) return `query parameter ${name}`;
    if (!isText(known, value)) return `query parameter ${name}=${value}, which is ${expectation(known)}`;
  }
  const missing = inQuery.find((one) => one.required && !given.has(one.name));
  if (missing !== undefined) return `a request without query parameter ${missing.name}`;
  return product?.parametersInBody === true ? undefined : refusedBody(of, fields, product?.optionalFields ?? []);
}

function refusedBody(of: Fixture, fields: Fields | undefined, optional: readonly string[]): string | undefined {
  if (of.request.body !== undefined) {
    if (fields === undefined) return 'a request without a body';
    const [difference] = sameShape(fields, of.request.body);
    return difference === undefined ? undefined : `body ${difference}`;
  }
  const documented = of.request.parameters.filter((one) => one.in === 'body');
  for (const [name, value] of Object.entries(fields ?? {})) {
    const known = documented.find((one) => one.name === name);
    if (known === undefined) return `field ${name} in the body`;
    const type = Number.isInteger(value) ? 'integer' : typeof value;
    if (type !== known.type) return `field ${name} of type ${type}, which is ${expectation(known)}`;
  }
  const missing = documented.find(
    (one) => one.required && !optional.includes(one.name) && !(one.name in (fields ?? {})),
  );
  return missing === undefined ? undefined : `a request without field ${missing.name}`;
}

type Fields = Readonly<Record<string, unknown>>;

/** The body's fields; undefined when there is none, a string when it is none that has fields. */
function bodyFields(request: AskedRequest, formToo: boolean): Fields | string | undefined {
  if (request.body.length === 0) return undefined;
  const type = mediaType(request.headers['content-type'] ?? '(none)');
  const text = request.body.toString('utf8');
  if (formToo && type === 'application/x-www-form-urlencoded') return Object.fromEntries(new URLSearchParams(text));
  if (type !== 'application/json') return `a body of type ${type}`;
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return { ...parsed };
  } catch {
    // What is told is the same.
  }
  return 'a body that is not a JSON object';
}

function mediaType(header: string): string {
  return header.split(';')[0]!.trim().toLowerCase();
}

type Expected = Pick<Parameter, 'type'> & Partial<Parameter>;

function isText(parameter: Expected, value: string): boolean {
  if (parameter.type === 'integer') return /^\d+$/.test(value);
  if (parameter.type === 'boolean') return value === 'true' || value === 'false';
  if (parameter.options === undefined) return true;
  const parts = parameter.list === true ? value.split(',') : [value];
  return parts.every((part) => parameter.options?.includes(part));
}

function expectation(parameter: Expected): string {
  return parameter.options === undefined ? parameter.type : `one of ${parameter.options.join(', ')}`;
}
