/** One printable page that gets the files back without Holdfast: where the repository is, its password, restic's command. */

export interface EmergencyKit {
  readonly name: string;
  readonly location: string;
  /** What its destination is told besides: users, keys, secrets. */
  readonly access: Readonly<Record<string, string>>;
  readonly repositoryId: string;
  readonly password: string;
  readonly hostname: string;
  /** Of the day it is written. */
  readonly date: Date;
}

export function emergencyKitText(kit: EmergencyKit): string {
  const { name, location, access, repositoryId, password, hostname, date } = kit;
  const told = Object.entries(access).map(([key, value]) => `${key.padEnd(12)} ${value}\n`);
  return `HOLDFAST EMERGENCY KIT                                        ${date.toISOString().slice(0, 10)}

Keep this page where neither fire nor thief gets it together with the
computer. Whoever holds it can read your backups.

Repository   ${name}, of the computer ${hostname}
Place        ${location}
Id           ${repositoryId}
Password     ${password}
${told.join('')}
To get your files back on any computer, without Holdfast:

1. Install restic (https://restic.net; Debian: apt install restic;
   macOS: brew install restic).
2. Bring the disk or folder named above within reach.
3. List what there is, and type the password when it asks:

     restic -r ${shellQuoted(location)} snapshots

4. Get the newest of it back, into a new folder "restored":

     restic -r ${shellQuoted(location)} restore latest --target restored
`;
}

function shellQuoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
