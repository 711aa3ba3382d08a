import {writeFileSync} from 'node:fs';

/** Writes what a bench measured to its `--json FILE`, where one is given. */
export function writeResult(file: string | undefined, result: object): void {
	if (file !== undefined) {
		writeFileSync(file, `${JSON.stringify(result, undefined, '\t')}\n`);
	}
}
