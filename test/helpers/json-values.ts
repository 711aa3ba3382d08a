/** Whole values of JSON that stand in a text one after another, as grpcurl prints them. */
export function readJsonValues(output: string): unknown[] {
	const values: unknown[] = [];
	let text = '';
	for (const line of output.split('\n')) {
		text += `${line}\n`;
		try {
			values.push(JSON.parse(text));
			text = '';
		} catch {
			// It goes on in the next line.
		}
	}

	return values;
}
