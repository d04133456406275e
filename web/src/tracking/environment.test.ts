import { expect, test } from 'vitest';
import { packagesOf, programOf } from './environment';

test('lists of packages are read in the forms in which tools write them', () => {
  const text = '# python 3.11.2\nnumpy==1.26.4\ntorch>=2.0 ; python_version > "3"\nslipway @ file:///x/y\n\nlibgcc 13.2.0 h807b86a_5 conda-forge\nzlib=1.3=0\n@types/node@20.1.0\nbare\n';
  expect(packagesOf('pip', text).packages).toEqual([['numpy', '1.26.4'], ['torch', '2.0'], ['slipway', 'file:///x/y'], ['libgcc', '13.2.0'], ['zlib', '1.3'], ['@types/node', '20.1.0'], ['bare', '']]);
  expect(packagesOf('pip', null).packages).toEqual([]);
});

test('what was noted of a program is facts, packages and variables', () => {
  const noted = programOf('{"command_line":["python","a.py"],"memory_mb":5,"gpus":null,"packages":{"a":"1"},"variables":{"X":"1"}}');
  expect(noted).toEqual({ facts: [['Command line', 'python a.py'], ['Memory mb', '5']], packages: [['a', '1']], variables: [['X', '1']] });
  expect(programOf('no json')).toBeNull();
  expect(programOf(null)).toBeNull();
});
