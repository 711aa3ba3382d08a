/** What was found out about one thing that the service needs. */
export interface Finding {
	readonly subject: string;
	/** `note`: it works, but something is worth knowing. `bad`: the service can't start like this. */
	readonly state: 'ok' | 'note' | 'bad';
	readonly found: string;
	/** What to do, where there is something to do. */
	readonly advice?: string;
}

/** A finding whose check throws where something is wrong; the message says what to do. */
export async function findingOf(subject: string, check: () => Promise<string> | string): Promise<Finding> {
	try {
		return {subject, state: 'ok', found: await check()};
	} catch (error) {
		return {subject, state: 'bad', found: (error as Error).message};
	}
}

/** One line for each finding and one for each advice, in columns. */
export function describeFindings(findings: readonly Finding[]): string {
	const width = Math.max(...findings.map(({subject}) => subject.length));
	const indent = ' '.repeat(width + 8);
	const lines = findings.flatMap(({state, subject, found, advice}) => [
		`${state.padEnd(6)}${subject.padEnd(width + 2)}${found.replaceAll('\n', `\n${indent}`)}`,
		...(advice === undefined ? [] : [`${indent}→ ${advice}`]),
	]);
	return lines.map(line => `${line}\n`).join('');
}
