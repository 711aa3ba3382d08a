import {createHash, timingSafeEqual} from 'node:crypto';

/** Who calls, and what it may use. */
export interface Client {
	readonly name: string;
	/** Edits of it that may be open at a time. Undefined: as many as there are places. */
	readonly maxConcurrent: number | undefined;
	/** Prompt and output tokens in one minute. Undefined: no limit. */
	readonly tokensPerMinute: number | undefined;
}

/**
 * A client that is known by its certificate alone; it has no limits of its own.
 * @param name what the certificate says; undefined for anything but one name
 */
export function certifiedClient(name: unknown): Client | undefined {
	return typeof name === 'string' ? {name, maxConcurrent: undefined, tokensPerMinute: undefined} : undefined;
}

interface TokenEntry {
	readonly digest: Buffer;
	readonly client: Client;
}

const entryPattern = /^(\S+)[ \t]+([0-9a-f]{64})(?:[ \t]+(\d{1,9}))?(?:[ \t]+(\d{1,12}))?$/i;

/** Bearer tokens of the clients, known by their SHA-256 alone. */
export class ClientTokens {
	readonly #entries: readonly TokenEntry[];

	private constructor(entries: readonly TokenEntry[]) {
		this.#entries = entries;
	}

	/**
	 * Reads lines of `NAME SHA256HEX [maxConcurrent] [tokensPerMinute]`; empty lines and those that begin with `#`
	 * are left out. A name may have several lines, so that a token can be replaced without a gap.
	 * @throws {Error} names the line and what was expected; quotes nothing of it
	 */
	static parse(text: string): ClientTokens {
		const entries = text.split(/\r?\n/).flatMap((line, index) => {
			const trimmed = line.trim();
			return trimmed === '' || trimmed.startsWith('#') ? [] : [parseEntry(trimmed, index + 1)];
		});
		return new ClientTokens(entries);
	}

	/** The client of a token. Takes the same time whether and wherever it is found. */
	find(token: string): Client | undefined {
		const digest = createHash('sha256').update(token).digest();
		let found: Client | undefined;
		for (const entry of this.#entries) {
			if (timingSafeEqual(entry.digest, digest)) {
				found = entry.client;
			}
		}

		return found;
	}
}

function parseEntry(line: string, number: number): TokenEntry {
	const [, name, digest, maxConcurrent, tokensPerMinute] = entryPattern.exec(line) ?? [];
	if (name === undefined || digest === undefined) {
		throw new Error(
			`line ${number}: expected NAME SHA256HEX [maxConcurrent] [tokensPerMinute], got something else`,
		);
	}

	return {
		digest: Buffer.from(digest, 'hex'),
		client: {name, maxConcurrent: limit(maxConcurrent), tokensPerMinute: limit(tokensPerMinute)},
	};
}

function limit(digits: string | undefined): number | undefined {
	return digits === undefined ? undefined : Number(digits);
}
