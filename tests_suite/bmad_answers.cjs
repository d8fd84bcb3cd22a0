// Answers an installer that can only be asked interactively, as somebody who accepts every default would.
// Loaded with `node --require` before the installer: it replaces the prompt function of the installer's own library.
const { createRequire } = require('node:module');

const own = createRequire(require('node:path').resolve(process.argv[1]));
const library = own('inquirer');
const prompts = library.default || library;
const CHOSEN = { modules: ['bmm'], ides: ['claude-code'] };
const CONFIRMED = { goBack: false };

const valueOf = (item, answers) => (typeof item === 'function' ? item(answers) : item);

async function answer(question, answers) {
  if (question.name in CHOSEN) return CHOSEN[question.name];
  if (question.name in CONFIRMED) return CONFIRMED[question.name];
  const given = await valueOf(question.default, answers);
  const choices = ((await valueOf(question.choices, answers)) || []).filter((each) => each && each.type !== 'separator');
  const values = choices.map((each) => (typeof each === 'object' ? each.value : each));
  switch (question.type) {
    case 'confirm': return given === undefined ? true : given;
    case 'checkbox': return given || choices.filter((each) => each.checked).map((each) => each.value);
    case 'list': return values.includes(given) ? given : values[typeof given === 'number' ? given : 0];
    default: return given === undefined ? '' : given;
  }
}

prompts.prompt = async (questions) => {
  const answers = {};
  for (const question of [questions].flat()) {
    if ((await valueOf(question.when, answers)) === false) continue;
    const said = await answer(question, answers);
    answers[question.name] = question.filter ? await question.filter(said, answers) : said;
  }
  return answers;
};
