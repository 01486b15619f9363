/** A table of 100,000 rows, of which each tenth is not loaded yet. */
import '@mantine/core/styles.layer.css';
import 'virtual:theme.css';
import '../../../../renderer/theme/global.css';
import { MantineProvider } from '@mantine/core';
import { useState } from 'react';
import { createRoot } from 'react-dom/client';
import { type Column, VirtualTable } from '../../../../renderer/components/virtual-table.tsx';
import { theme } from '../../../../renderer/theme/theme.ts';

interface File {
  readonly name: string;
  readonly size: number;
}

const columns: readonly Column<File>[] = [
  { key: 'name', title: 'Name', width: '1fr', cell: ({ name }) => name },
  { key: 'size', title: 'Size', width: '120px', align: 'end', cell: ({ size }) => size },
];

function TablePage() {
  const [opened, setOpened] = useState('nothing');
  const [range, setRange] = useState('');
  return (
    <>
      <h1>Opened: {opened}</h1>
      <p>In sight: {range}</p>
      <VirtualTable
        label="Files"
        columns={columns}
        count={100_000}
        row={(index) => (index % 10 === 9 ? undefined : { name: `file ${index}`, size: index })}
        onOpen={({ name }) => setOpened(name)}
        onRange={(first, last) => setRange(`${first} to ${last}`)}
        height={600}
      />
    </>
  );
}

const root = document.getElementById('root');
if (root !== null) {
  createRoot(root).render(
    <MantineProvider theme={theme} withCssVariables={false} withGlobalClasses={false}>
      <TablePage />
    </MantineProvider>,
  );
}
