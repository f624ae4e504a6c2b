/** The cases of a run: which one is the n-th of a kind follows from the seed alone. */
import { sampleScene } from '../support/pictures.ts';
import { pickRecipe, type FuzzCase, type Kind, type Recipe } from './fuzz-case.ts';
import { headerRecipes } from './header-cases.ts';
import { jsonRecipes } from './json-cases.ts';
import { multipartRecipes } from './multipart-cases.ts';
import { pictureRecipes } from './picture-cases.ts';
import { Random } from './random.ts';
import { slowRecipes } from './slow-cases.ts';
import { makeSoundPictures } from './sound-pictures.ts';

export type CaseMaker = (kind: Kind, index: number) => FuzzCase;

export async function caseMaker(seed: number, uploadTimeoutMs: number): Promise<CaseMaker> {
  const pictures = await makeSoundPictures();
  const small = pictures[0]!.bytes;
  const recipes: Readonly<Record<Kind, readonly Recipe[]>> = {
    images: await pictureRecipes(pictures),
    multipart: multipartRecipes(small),
    json: jsonRecipes(small),
    headers: headerRecipes(small),
    slow: slowRecipes(await sampleScene(), uploadTimeoutMs),
  };
  return (kind, index) => {
    const random = new Random(seed, kind, index);
    const recipe = pickRecipe(recipes[kind], random);
    return { kind, name: recipe.name, ...recipe.make(random) };
  };
}
