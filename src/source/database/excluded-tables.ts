/** "table", "database.table": which of them are of one database. */

/** The tables' names without their database, for a tool that dumps one database. */
export function excludedOf(database: string, excluded: readonly string[], databases?: readonly string[]): string[] {
  return excluded.flatMap((name) => {
    if (name.startsWith(`${database}.`)) return [name.slice(database.length + 1)];
    const [first = ''] = name.split('.', 1);
    // Of another database; else the dot is a schema's, or part of the table's name.
    if (name.includes('.') && databases?.includes(first) === true) return [];
    return [name];
  });
}
