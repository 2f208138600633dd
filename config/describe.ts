import { loadConfig } from './load.ts';
import { SETTINGS, valueAt } from './settings.ts';

/** One setting as text, for the help and the manual. */
export type SettingText = {
  readonly path: string;
  readonly usual: string;
  readonly allowed: string;
  readonly means: string;
};

/** All settings, in the order of the default file. */
export function describeSettings(): readonly SettingText[] {
  const defaults = loadConfig({ flags: {}, environment: {}, file: null });
  return SETTINGS.map(({ path, kind, means }) => {
    const value = valueAt(defaults, path);
    const usual = path === 'nodes' ? 'five nodes on loopback' : written(value);
    return { path, usual, allowed: kind.allowed, means };
  });
}

function written(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value).replaceAll(',', ', ');
}
