// How a person fills in a dialog: the client sends it only when every field fits.
import { COMPONENT, type Component, type Modal } from './content.ts';
import type { Wire } from './wire.ts';

/** Fields by label or custom id; those left out keep what the dialog filled in. Throws when the client would not send it. */
export function submission(modal: Modal, values: Readonly<Record<string, string>>): Wire {
  const used = new Set<string>();
  const fieldOf = (field: Component, label: string | null | undefined): Wire => {
    const key = [label, field.custom_id].find((name) => name != null && Object.hasOwn(values, name));
    if (key != null) used.add(key);
    const value = (key == null ? undefined : values[key]) ?? field.value ?? '';
    const length = [...value].length;
    if (field.type === COMPONENT.textInput) {
      if (field.required !== false && value === '') throw new Error(`${label ?? field.custom_id} is required.`);
      if (value !== '' && length < (field.min_length ?? 0)) throw new Error(`${label} is too short.`);
      if (length > (field.max_length ?? 4000)) throw new Error(`${label} is too long.`);
      return { type: field.type, id: 1, custom_id: field.custom_id, value };
    }
    const chosen = field.options?.find((option) => option.label === value || option.value === value);
    return { type: field.type, id: 1, custom_id: field.custom_id, values: chosen === undefined ? [] : [chosen.value] };
  };
  const components = modal.components.flatMap((top): Wire[] => {
    if (top.type === COMPONENT.label)
      return top.component == null ? [] : [{ type: top.type, id: 1, component: fieldOf(top.component, top.label) }];
    if (top.type !== COMPONENT.row) return [];
    return [{ type: top.type, id: 1, components: (top.components ?? []).map((field) => fieldOf(field, field.label)) }];
  });
  const unknown = Object.keys(values).find((name) => !used.has(name));
  if (unknown !== undefined) throw new Error(`The dialog has no field ${unknown}.`);
  return { custom_id: modal.custom_id, components };
}
