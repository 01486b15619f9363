/** A Fastify route that does nothing but answer: what the lists are measured beside. Run as a process; answers `argv[2]` bytes of JSON. */
import fastify from 'fastify';

const page = { data: 'x'.repeat(Number(process.argv[2])) };
const server = fastify();
server.get('/', async () => page);
process.send?.(await server.listen({ host: '127.0.0.1', port: 0 }));
process.once('disconnect', () => void server.close());
