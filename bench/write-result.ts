import {mkdirSync, writeFileSync} from 'node:fs';
import {dirname} from 'node:path';

/** Writes what a bench measured to its `--json FILE`, where one is given. */
export function writeResult(file: string | undefined, result: object): void {
	if (file !== undefined) {
		mkdirSync(dirname(file), {recursive: true});
		writeFileSync(file, `${JSON.stringify(result, undefined, '\t')}\n`);
	}
}
