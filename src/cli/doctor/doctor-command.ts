import {Command} from 'commander';
import {exitCodes} from '../exit-codes.ts';
import {listenFinding, tritonFinding} from './address-findings.ts';
import {describeFindings, type Finding, findingOf} from './finding.ts';
import {machineFindings} from './machine-findings.ts';
import {type DoctorSettings, setUpFindings} from './set-up-findings.ts';

/** All settings that are looked at. */
export interface AllSettings extends DoctorSettings {
	readonly listen: string;
	/** Of external Tritons; undefined where the service starts one itself. */
	readonly tritonAddresses?: readonly string[] | undefined;
}

/** `redraft doctor`. @param readSettings throws where a setting is wrong */
export function doctorCommand(readSettings: () => AllSettings): Command {
	return new Command('doctor')
		.description('say what this machine has, and what to do about what is missing')
		.option('--json', 'print one JSON object')
		.action(async ({json}: {json?: true}) => {
			const findings = await examine(readSettings);
			process.stdout.write(json ? `${JSON.stringify({findings})}\n` : describeFindings(findings));
			process.exitCode = findings.some(({state}) => state === 'bad') ? exitCodes.failed : exitCodes.done;
		});
}

async function examine(readSettings: () => AllSettings): Promise<readonly Finding[]> {
	let settings: AllSettings | undefined;
	const settingsFinding = await findingOf('settings', () => {
		settings = readSettings();
		return 'all have values that fit';
	});
	if (settings === undefined) {
		return [...(await machineFindings()), settingsFinding];
	}

	const {listen, tritonAddresses} = settings;
	const needed =
		tritonAddresses === undefined
			? [...(await machineFindings()), ...(await setUpFindings(settings))]
			: await Promise.all(tritonAddresses.map(tritonFinding));
	return [...needed, settingsFinding, await listenFinding(listen)];
}
