/** Finds a service of the console by what people call it. */
import type { ConsoleService } from '../bindings/ConsoleService';
import type { ConsolePlace } from './session-actions';

/** A longer list is not read. */
export const MOST_SERVICES = 8;

/** The services that a text may mean, the likeliest first. */
export function servicesLike(services: readonly ConsoleService[], typed: string, most = MOST_SERVICES): ConsoleService[] {
  const text = typed.trim().toLowerCase();
  if (text === '') return services.slice(0, most);
  const graded = services.flatMap((service) => {
    const grade = Math.min(...namesOf(service).map((name) => gradeOf(name, text)));
    return grade < NONE ? [{ service, grade }] : [];
  });
  return graded
    .sort((a, b) => a.grade - b.grade)
    .slice(0, most)
    .map(({ service }) => service);
}

/** The service that a text names, as the broker reads it: a service, a page of the console or an ARN. */
export function readWhere(services: readonly ConsoleService[], typed: string): ConsolePlace {
  const text = typed.trim();
  if (text === '') return {};
  const named = services.find((service) => namesOf(service).includes(text.toLowerCase()));
  if (named) return { service: named.id, name: named.name };
  const isPlace = text.startsWith('arn:') || text.startsWith('/') || text.includes('://') || text.includes('console.');
  return isPlace ? { to: text } : { service: text };
}

const namesOf = ({ id, name, aliases }: ConsoleService) => [id, name, ...aliases].map((one) => one.toLowerCase());

const NONE = 9;

function gradeOf(name: string, text: string): number {
  if (name === text) return 0;
  if (name.startsWith(text)) return 1;
  if (name.split(/[^a-z0-9]+/).some((word) => word.startsWith(text))) return 2;
  return name.includes(text) ? 3 : NONE;
}
