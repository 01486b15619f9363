/**
 * Node's HTTP agents, with connections that receive into one buffer each.
 *
 * A socket of Node's makes a buffer for each piece that comes, which the HTTP parser copies and nobody needs any more: the garbage collector
 * then runs every few MB, for a fifth of a restore's processor time. With `onread` (net.connect, tls.connect) it receives into ours.
 */
import http from 'node:http';
import https from 'node:https';
import type { OnReadOpts } from 'node:net';
import type { Duplex } from 'node:stream';

const receiveBytes = 128 * 1024;

export class PlainAgent extends http.Agent {
  override createConnection(options: http.ClientRequestArgs): Connection {
    return receiving((onread) => super.createConnection({ ...options, ...onread }));
  }
}

export class TlsAgent extends https.Agent {
  override createConnection(options: https.RequestOptions): Connection {
    return receiving((onread) => super.createConnection({ ...options, ...onread }));
  }
}

type Connection = Duplex | null | undefined;

/** The parser, which listens to `data`, copies what it passes on. */
function receiving(connect: (options: { readonly onread: OnReadOpts }) => Connection): Connection {
  const buffer = Buffer.allocUnsafeSlow(receiveBytes);
  const callback = (bytes: number): boolean => {
    connection?.emit('data', buffer.subarray(0, bytes));
    return true;
  };
  const connection = connect({ onread: { buffer, callback } });
  return connection;
}
