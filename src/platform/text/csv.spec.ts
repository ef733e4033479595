import { csvCell, csvLine } from './csv';

describe('csvCell', () => {
  it.each([
    ['Ana', 'Ana'],
    ['a,b', '"a,b"'],
    ['a;b', '"a;b"'],
    ['say "x"', '"say ""x"""'],
    ['two\nlines', '"two\nlines"'],
    ['=HYPERLINK("x")', '"\'=HYPERLINK(""x"")"'],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['+cmd|x', "'+cmd|x"],
    ['-cmd', "'-cmd"],
    ['\t=x', "'\t=x"],
    ['+52 55 1234 5678', '+52 55 1234 5678'],
    ['-12.5', '-12.5'],
    ['+(52)55', '+(52)55'],
    ['+525512345678; +56912345678', '"+525512345678; +56912345678"'],
    ["+1+cmd|' /C calc'!A0", "'+1+cmd|' /C calc'!A0"],
    ['-1+1', "'-1+1"],
  ])('writes %j as %j', (text, written) => expect(csvCell(text)).toBe(written));
});

describe('csvLine', () => {
  it('writes values as an import reads them', () => {
    expect(csvLine([null, undefined, 5, -1.5, true, 'a,b', ['x'], { a: 1 }])).toBe(`,,5,-1.5,true,"a,b","[""x""]","{""a"":1}"\n`);
  });
});
