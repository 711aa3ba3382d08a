/**
 * Imported before a program: the name `tritons` resolves to the addresses in a file, one a line, whose path is in
 * OWN_NAMES_FILE. An empty file: the name is not known, as of a headless Service without ready pods.
 */
import dns from 'node:dns/promises';
import {readFileSync} from 'node:fs';
import {syncBuiltinESMExports} from 'node:module';

const systemLookup = dns.lookup;

async function lookup(name: string, options: object): Promise<unknown> {
	if (name !== 'tritons') {
		return systemLookup(name, options);
	}

	const addresses = readFileSync(process.env.OWN_NAMES_FILE!, 'utf8').split('\n').filter(Boolean);
	if (addresses.length === 0) {
		throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), {code: 'ENOTFOUND'});
	}

	return addresses.map(address => ({address, family: 4}));
}

dns.lookup = lookup as typeof dns.lookup;
syncBuiltinESMExports();
