/** The client of the agent that this page came from (in the desktop window, of the one that its scheme leads to). */
import './jitless.ts';
import { createClient } from '../../src/control/client.ts';
import { contract } from '../../src/control/contract.ts';

export const client = createClient(contract, { baseUrl: '' });
