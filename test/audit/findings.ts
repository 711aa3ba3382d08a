/** What an audit found. */
export interface Findings {
	/** One line for each known vulnerability. */
	readonly vulnerable: readonly string[];
	/** Why nothing, or not all, could be asked: an audit without answers is none. */
	readonly unaudited: readonly string[];
}

interface NpmReport {
	readonly message?: string;
	readonly vulnerabilities?: Record<string, {name: string; severity: string; range: string}>;
}

interface PipReport {
	readonly dependencies: readonly {
		readonly name: string;
		readonly version?: string;
		readonly vulns?: readonly {readonly id: string; readonly fix_versions: readonly string[]}[];
		readonly skip_reason?: string;
	}[];
}

/** @param output of `npm audit --json` */
export function npmFindings(output: string): Findings {
	const report = parse<NpmReport>(output);
	if (report?.vulnerabilities === undefined) {
		return {vulnerable: [], unaudited: [`npm: ${report?.message ?? 'no answer from the registry'}`]};
	}

	const found = Object.values(report.vulnerabilities);
	return {vulnerable: found.map(({name, severity, range}) => `${name} ${range}: ${severity}`), unaudited: []};
}

/**
 * @param file that was audited
 * @param output of `pip-audit --format json`
 */
export function pipFindings(file: string, output: string): Findings {
	const dependencies = parse<PipReport>(output)?.dependencies;
	if (dependencies === undefined) {
		return {vulnerable: [], unaudited: [`${file}: no answer from the index`]};
	}

	const skipped = dependencies.filter(({skip_reason: reason}) => reason !== undefined);
	return {
		vulnerable: dependencies.flatMap(({name, version, vulns = []}) =>
			vulns.map(
				({id, fix_versions: fixed}) => `${name} ${version}: ${id}, fixed in ${fixed.join(', ') || 'none'}`,
			),
		),
		unaudited:
			skipped.length === 0
				? []
				: [`${file}: ${skipped.length} of ${dependencies.length} packages, of which the index told nothing`],
	};
}

function parse<Report>(output: string): Report | undefined {
	try {
		return JSON.parse(output) as Report;
	} catch {
		return undefined;
	}
}
