// Reads PromQL expressions as a JSON list and prints, for each, whether it parses and the metrics that it names.
import {text} from 'node:stream/consumers';
import {parser} from '@prometheus-io/lezer-promql';

function describe(expression: string): {readonly isValid: boolean; readonly metrics: readonly string[]} {
	const metrics: string[] = [];
	let isValid = expression.trim() !== '';
	parser.parse(expression).iterate({
		enter: ({type, from, to, node}) => {
			isValid &&= !type.isError;
			if (type.name === 'Identifier' && node.parent?.name === 'VectorSelector') {
				metrics.push(expression.slice(from, to));
			}
		},
	});
	return {isValid, metrics};
}

const expressions: string[] = JSON.parse(await text(process.stdin));
process.stdout.write(JSON.stringify(expressions.map(describe)));
