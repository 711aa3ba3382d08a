import dns from 'node:dns/promises';
import {syncBuiltinESMExports} from 'node:module';
import {setTimeout as delay} from 'node:timers/promises';

/** What the system's resolver answers to one name in this process, until it is closed; other names are as ever. */
export class NameService {
	/** Addresses of the name, or what its look-up fails with. */
	answer: readonly string[] | Error = [];
	readonly #name: string;
	readonly #systemLookup = dns.lookup as (...given: readonly unknown[]) => unknown;
	#numLookups = 0;

	constructor(name: string) {
		this.#name = name;
		this.#install((given: unknown, ...rest: readonly unknown[]) =>
			given === this.#name ? this.#lookup() : this.#systemLookup(given, ...rest),
		);
	}

	/** Resolves when what is the answer now was asked for. */
	async untilTold(): Promise<void> {
		const before = this.#numLookups;
		while (this.#numLookups < before + 2) {
			await delay(20);
		}
	}

	close(): void {
		this.#install(this.#systemLookup);
	}

	#install(lookup: unknown): void {
		dns.lookup = lookup as typeof dns.lookup;
		syncBuiltinESMExports();
	}

	async #lookup(): Promise<unknown> {
		this.#numLookups += 1;
		if (this.answer instanceof Error) {
			throw this.answer;
		}

		return this.answer.map(address => ({address, family: 4}));
	}
}
