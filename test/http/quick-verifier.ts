import {setTimeout as delay} from 'node:timers/promises';
import type {Verifier} from '../../src/speculation/verifier.ts';

/**
 * A model that writes `target` behind any prompt, whatever the drafts say, in a time that does not depend on the
 * length of either.
 */
export function quickVerifier(target: readonly number[], passMs: number, onPass = () => {}): Verifier {
	return {
		open() {
			let promptLength: number | undefined;
			return {
				async verify({keepLength, prefix, branches}, signal) {
					if (passMs > 0) {
						await delay(passMs, undefined, {signal});
					}

					onPass();
					promptLength ??= prefix.length;
					const next = keepLength + prefix.length - promptLength;
					const answers = (branches.length === 0 ? [[]] : branches).map(branch => ({
						tokens: Int32Array.from(target.slice(next, next + branch.length + 1)),
						margins: new Float32Array(branch.length + 1).fill(1),
					}));
					return {branches: answers, passMs, queueMs: 0, packedTokens: prefix.length};
				},
				async end() {},
			};
		},
	};
}
