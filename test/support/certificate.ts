/** A certificate that signs itself, made anew by openssl (`requireTool('openssl')`). */
import { readFileSync } from 'node:fs';
import { runOk } from './run-process.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** @param name as in subjectAltName: "IP:127.0.0.1", "DNS:a.example" */
export async function selfSigned(name: string): Promise<{ readonly key: string; readonly cert: string }> {
  await using folder = await temporaryFolder();
  const [key, cert] = [folder.at('key.pem'), folder.at('cert.pem')];
  const fresh = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const subject = ['-subj', '/CN=holdfast test', '-addext', `subjectAltName=${name}`];
  await runOk('openssl', ['req', '-x509', ...fresh, ...subject, '-keyout', key, '-out', cert]);
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
}
