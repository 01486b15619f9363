/** A mail server on loopback that keeps what it is sent (RFC 5321, as much of it as a client needs). */
import { EventEmitter, once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

export interface SmtpSinkOptions {
  /** It wants this login, by AUTH PLAIN. */
  readonly login?: { readonly user: string; readonly password: string };
  /** What it answers to a command ("RCPT", "DATA" …) instead of the usual. */
  readonly replies?: Readonly<Record<string, string>>;
  /** It takes connections and says nothing. */
  readonly silent?: boolean;
}

export interface Letter {
  readonly from: string;
  readonly to: readonly string[];
  /** Headers and text, as they came. */
  readonly data: string;
}

export async function smtpSink({ login, replies = {}, silent = false }: SmtpSinkOptions = {}) {
  const letters: Letter[] = [];
  const commands: string[] = [];
  const sockets = new Set<Socket>();
  const arrived = new EventEmitter();

  async function serve(socket: Socket): Promise<void> {
    if (silent) return;
    const say = (line: string) => socket.write(`${line}\r\n`);
    say('220 sink ESMTP');
    let [from, to, data]: [string, string[], string[] | undefined] = ['', [], undefined];
    for await (const line of linesOf(socket)) {
      if (data !== undefined) {
        if (line !== '.') data.push(line.replace(/^\./, ''));
        else {
          letters.push({ from, to, data: data.join('\n') });
          arrived.emit('letter');
          data = undefined;
          say(replies.END ?? '250 kept');
        }
        continue;
      }
      commands.push(line);
      const verb = line.split(/[ :]/, 1)[0]?.toUpperCase() ?? '';
      const reply = replies[verb];
      if (reply !== undefined) say(reply);
      else if (verb === 'EHLO') say(login === undefined ? '250 sink' : '250-sink\r\n250 AUTH PLAIN');
      else if (verb === 'AUTH') {
        const wanted = btoa(`\0${login?.user}\0${login?.password}`);
        say(line === `AUTH PLAIN ${wanted}` ? '235 welcome' : `535 no such login: ${line}`);
      } else if (verb === 'MAIL') {
        from = addressIn(line);
        to = [];
        say('250 ok');
      } else if (verb === 'RCPT') {
        to.push(addressIn(line));
        say('250 ok');
      } else if (verb === 'DATA') {
        data = [];
        say('354 go on');
      } else if (verb === 'QUIT') {
        say('221 bye');
        socket.end();
      } else say('502 not here');
    }
  }

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
    serve(socket).catch(() => socket.destroy());
  });
  await once(server.listen(0, '::'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    letters,
    commands,
    /** Resolves when so many have come. */
    until: async (count: number): Promise<void> => {
      while (letters.length < count) await once(arrived, 'letter');
    },
    connections: () => sockets.size,
    /** Somebody has connected. */
    connected: () => (sockets.size > 0 ? Promise.resolve() : once(server, 'connection')),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

async function* linesOf(socket: Socket): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of socket.setEncoding('utf8')) {
    const lines = (rest + String(chunk)).split('\r\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

function addressIn(line: string): string {
  return /<([^>]*)>/.exec(line)?.[1] ?? '';
}
