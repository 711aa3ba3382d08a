// Reads objects of KEDA and the Prometheus operator as a JSON list and prints, for each, a list of its mistakes. Their own
// validators let unknown fields pass, so the objects are also type-checked as literals, which does not.
import {text} from 'node:stream/consumers';
import {fileURLToPath} from 'node:url';
import {ScaledObject} from '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject';
import {PrometheusRule} from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule';
import {ServiceMonitor} from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor';
import ts from 'typescript';

interface CustomResource {
	readonly apiVersion: string;
	readonly kind: string;
	readonly metadata: {readonly name: string};
}

type Model = new (data: never) => {validate(): void};

const folders = {
	'keda.sh/v1alpha1': '@kubernetes-models/keda/keda.sh/v1alpha1',
	'monitoring.coreos.com/v1': '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1',
} as Record<string, string>;
const models: Record<string, Model> = {ScaledObject, PrometheusRule, ServiceMonitor};

const isKnown = ({apiVersion, kind}: CustomResource) =>
	folders[apiVersion] !== undefined && models[kind] !== undefined;

function valueProblems(resource: CustomResource): readonly string[] {
	if (!isKnown(resource)) {
		return [`no schema for ${resource.apiVersion} ${resource.kind}`];
	}

	try {
		new models[resource.kind]!(resource as never).validate();
		return [];
	} catch (error) {
		return [`${resource.kind} ${resource.metadata.name}: ${(error as Error).message}`];
	}
}

/** One list per resource; each is a line of a program. */
function fieldProblems(resources: readonly CustomResource[]): readonly (readonly string[])[] {
	const lines = resources.map((resource, index) => {
		const {apiVersion, kind} = resource;
		const type = isKnown(resource) ? `import('${folders[apiVersion]}/${kind}').I${kind}` : 'unknown';
		return `export const resource${index}: ${type} = ${JSON.stringify(resource)};`;
	});
	const problems: string[][] = resources.map(() => []);
	for (const {file, start, messageText} of typeCheck(lines.join('\n'))) {
		const {line} = file!.getLineAndCharacterOfPosition(start!);
		problems[line]!.push(ts.flattenDiagnosticMessageText(messageText, ' '));
	}

	return problems;
}

function typeCheck(source: string): readonly ts.Diagnostic[] {
	// Never written: beside this file, so that the packages are found.
	const file = fileURLToPath(new URL('resources.generated.ts', import.meta.url));
	const options: ts.CompilerOptions = {
		module: ts.ModuleKind.NodeNext,
		moduleResolution: ts.ModuleResolutionKind.NodeNext,
		strict: true,
		skipLibCheck: true,
		noEmit: true,
		types: [],
	};
	const host = ts.createCompilerHost(options);
	const {getSourceFile, fileExists} = host;
	host.fileExists = name => name === file || fileExists(name);
	host.getSourceFile = (name, ...rest) =>
		name === file
			? ts.createSourceFile(name, source, ts.ScriptTarget.ES2022, true)
			: getSourceFile(name, ...rest);
	const program = ts.createProgram([file], options, host);
	return program.getSemanticDiagnostics(program.getSourceFile(file));
}

const resources: CustomResource[] = JSON.parse(await text(process.stdin));
const byType = fieldProblems(resources);
const problems = resources.map((resource, index) => [...valueProblems(resource), ...byType[index]!]);
process.stdout.write(JSON.stringify(problems));
