/** The OpenAPI 3.1 document of a contract (spec.openapis.org/oas/v3.1.0), made from its schemas. */
import { z } from 'zod';
import type { ErrorCode } from '../../base/errors.ts';
import { type Contract, isJsonAnswer, type Method, methodsOf } from '../../control/contract-types.ts';
import { statusOf } from '../../http/error-answer.ts';

type Json = Readonly<Record<string, unknown>>;

/** A document that says everything a client needs: paths, inputs, answers, errors, and the types of events (`x-events`). */
export function openApiDocument(contract: Contract): Json {
  const schemas = new Schemas();
  const paths: Record<string, Record<string, unknown>> = {};
  for (const method of methodsOf(contract)) {
    const path = `/api${method.path.replaceAll(/:(\w+)/g, '{$1}')}`;
    paths[path] = { ...paths[path], [method.verb.toLowerCase()]: operationOf(method, schemas) };
  }
  paths['/api/events'] = { get: eventsOperation(contract, schemas) };
  return {
    openapi: '3.1.0',
    info: { title: contract.title, version: contract.version },
    security: [{ token: [] }, { session: [] }],
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        session: { type: 'apiKey', in: 'cookie', name: 'holdfast-{port}' },
      },
      schemas: { ...schemas.named, Error: errorSchema },
    },
  };
}

function operationOf(method: Method & { readonly group: string; readonly name: string }, schemas: Schemas): Json {
  const { group, name, summary, params, query, body } = method;
  const parameters = [...parametersOf('path', params, schemas), ...parametersOf('query', query, schemas)];
  return {
    operationId: `${group}.${name}`,
    tags: [group],
    summary,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: { required: true, content: jsonOf(schemas.input(body)) } }),
    responses: { ...answerOf(method, schemas), ...errorsOf(method.errors), default: errorResponse('Any other error.') },
  };
}

function answerOf({ answer }: Method, schemas: Schemas): Json {
  if (isJsonAnswer(answer)) return { 200: { description: 'Done.', content: jsonOf(schemas.output(answer)) } };
  if (answer.kind === 'nothing') return { 204: { description: 'Done.' } };
  const binary = answer.mediaTypes.map((type) => [type, { schema: { type: 'string', format: 'binary' } }]);
  return { 200: { description: 'The bytes, as they come.', content: Object.fromEntries(binary) } };
}

function errorsOf(codes: readonly ErrorCode[]): Json {
  const byStatus = Map.groupBy(codes, statusOf);
  return Object.fromEntries([...byStatus].map(([status, of]) => [status, errorResponse(`Code ${of.join(' or ')}.`)]));
}

function errorResponse(description: string): Json {
  return { description, content: jsonOf({ $ref: '#/components/schemas/Error' }) };
}

function parametersOf(where: 'path' | 'query', schema: z.ZodObject | undefined, schemas: Schemas): readonly Json[] {
  if (schema === undefined) return [];
  const { properties, required } = schemas.input(schema);
  const needed = Array.isArray(required) ? required : [];
  return Object.entries(properties ?? {}).map(([name, property]) => ({
    name,
    in: where,
    required: where === 'path' || needed.includes(name),
    schema: property,
  }));
}

function eventsOperation(contract: Contract, schemas: Schemas): Json {
  return {
    operationId: 'events',
    summary: 'Everything that happens, as server-sent events: first "open"; "reset" when events were missed for good.',
    parameters: [{ name: 'Last-Event-ID', in: 'header', required: false, schema: { type: 'string' } }],
    responses: {
      200: { description: 'The stream.', content: { 'text/event-stream': { schema: { type: 'string' } } } },
      default: errorResponse('Any error.'),
    },
    'x-events': Object.fromEntries(
      Object.entries(contract.events).map(([type, schema]) => [type, schemas.output(schema)]),
    ),
  };
}

/** JSON Schemas of zod's, with what they name put where the document keeps such. */
class Schemas {
  readonly named: Record<string, unknown> = {};

  input(schema: z.ZodType): Json {
    return this.#of(schema, 'input');
  }

  output(schema: z.ZodType): Json {
    return this.#of(schema, 'output');
  }

  #of(schema: z.ZodType, io: 'input' | 'output'): Json {
    const text = JSON.stringify(z.toJSONSchema(schema, { io, unrepresentable: 'any' }));
    const placed = text.replaceAll('"#/$defs/', '"#/components/schemas/');
    const { $schema: _, $defs, ...rest } = jsonObject.parse(JSON.parse(placed));
    Object.assign(this.named, $defs);
    return rest;
  }
}

const jsonObject = z.looseObject({ $defs: z.record(z.string(), z.unknown()).optional() });

function jsonOf(schema: Json): Json {
  return { 'application/json': { schema } };
}

const errorSchema: Json = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message', 'retry', 'context'],
      properties: {
        code: { type: 'string' },
        message: { type: 'string', description: 'A sentence for the user.' },
        hint: { type: 'string', description: 'What to do about it.' },
        retry: { enum: ['never', 'backoff'] },
        context: { type: 'object' },
        fields: {
          type: 'array',
          items: { type: 'object', properties: { path: { type: 'string' }, message: { type: 'string' } } },
        },
      },
    },
  },
};
