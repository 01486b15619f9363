import { describe, expect, it } from 'vitest';
import { openApiDocument } from '../../../../src/agent/control-server/openapi.ts';
import { contract } from '../../../../src/control/contract.ts';
import { exampleContract } from '../../control/example-contract.ts';

describe('the OpenAPI document', () => {
  it('says what goes in and comes out of each method', () => {
    const { paths } = JSON.parse(JSON.stringify(openApiDocument(exampleContract)));
    const { get: list, post: add } = paths['/api/notes'];
    expect(list.parameters).toContainEqual({
      name: 'limit',
      in: 'query',
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: 100, default: 10 },
    });
    expect(add.operationId).toBe('notes.add');
    expect(add.requestBody.content['application/json'].schema).toMatchObject({
      required: ['text'],
      additionalProperties: false,
    });
    expect(add.responses[200].content['application/json'].schema.required).toEqual(['id', 'text', 'stars']);
    expect(add.responses[409].description).toContain('exists');
    expect(paths['/api/notes/{id}'].get.parameters).toMatchObject([{ name: 'id', in: 'path', required: true }]);
    expect(Object.keys(paths['/api/notes/{id}'].delete.responses)).toEqual(['204', '404', 'default']);
    expect(Object.keys(paths['/api/notes/{id}/content'].get.responses[200].content)).toEqual([
      'text/plain',
      'application/zip',
    ]);
    expect(Object.keys(paths['/api/events'].get['x-events'])).toEqual(Object.keys(exampleContract.events));
  });

  it('of the agent refers to nothing that is not in it', () => {
    const document = openApiDocument(contract);
    const references = JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g);
    const missing = [...references].map(([, to = '']) => to).filter((to) => resolve(document, to) === undefined);
    expect(missing).toEqual([]);
  });
});

function resolve(document: unknown, reference: string): unknown {
  return reference
    .split('/')
    .slice(1)
    .reduce((at, name) => Reflect.get(Object(at), name), document);
}
