package ffmerge.magic;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.UserError;
import ffmerge.magic.command.SessionTests;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A slip in the last step is told before the first is run: here nothing is ever run. */
class RecipeCheckTest extends SessionTests {
    private static final String LOADED = "- load: gpt2-novels\n  as: base\n";

    private void check(String recipe) {
        RecipeCheck.require(Recipe.parse(recipe, session.commands(), host::variable), session, host);
    }

    private void assertRefused(String message, String recipe) {
        String said = assertThrows(UserError.class, () -> check(recipe)).getMessage();
        // what there is stands behind
        assertTrue(said.startsWith(message), said);
        assertEquals(1, said.lines().count());
    }

    @Test
    void wordsOfEveryStepAreChecked() {
        assertRefused(
                "step 2 (line 3, column 3): there is no command 'mrge'; did you mean 'merge'?",
                LOADED + "- mrge: base\n  window: 3-8\n");
        assertRefused(
                "step 2 (line 4, column 3): merge has no option --windo; did you mean 'window'?",
                LOADED + "- merge: base\n  windo: 3-8\n  as: small\n");
        assertRefused(
                "step 2 (line 5, column 3): --align is permute, none, random; 'permut' isn't; did you mean 'permute'?"
                        + " There is no Java variable 'permut' either",
                LOADED + "- merge: base\n  window: 3-8\n  align: permut\n  as: small\n");
        assertRefused(
                "step 2 (line 3, column 16): --limit is a whole number of at least 1; '0' isn't",
                LOADED + "- {eval: base, limit: 0}\n");
        assertRefused(
                "step 2 (line 3, column 3): a window is two layers joined by a hyphen, as in 3-7; '3to8' isn't",
                LOADED + "- merge: base\n  window: 3to8\n  as: small\n");
        assertRefused(
                "step 2 (line 3, column 3): the result of drop has no picture",
                LOADED + "- drop: base\n  window: 3-4\n  out: a.png\n");
        assertRefused(
                "step 2 (line 3, column 3): name the new model: --as NEW", LOADED + "- drop: base\n  window: 3-4\n");
        assertRefused(
                "step 2 (line 3, column 3): say which layers: --window 3-8 or --layers 2,5,7",
                LOADED + "- merge: base\n  as: small\n");
        assertRefused(
                "step 2 (line 3, column 3): say how many layers a window has: --length 6", LOADED + "- sweep: base\n");
        assertRefused(
                "step 2 (line 3, column 3): there is no method 'non'; did you mean 'none'? Methods are permute, none, random,"
                        + " drop",
                LOADED + "- sweep: base\n  length: 3\n  methods: [permute, non]\n");
    }

    @Test
    void modelsAreThoseThatStepsBeforeMake() {
        String merged = LOADED + "- merge: base\n  window: 3-8\n  as: small\n";
        assertDoesNotThrow(() -> check(merged + "- eval: small\n- compare: [base, small]\n"));
        assertRefused(
                "step 3 (line 6, column 3): no model is named 'smal' when this step comes; did you mean 'small'?",
                merged + "- eval: smal\n");
        assertRefused(
                "step 1 (line 1, column 3): no model is named 'small'; nothing is loaded yet: %ffmerge load gpt2-novels --as"
                        + " base",
                "- eval: small\n" + merged);
        assertDoesNotThrow(() -> check(merged + "- eval: small\n  reference: base\n"));
        assertRefused(
                "step 3 (line 6, column 3): no model is named 'bse' when this step comes; did you mean 'base'?",
                merged + "- eval: small\n  reference: bse\n");
        assertRefused(
                "step 3 (line 6, column 3): no model is named 'other' when this step comes; there are base, small",
                merged + "- save: [other, somewhere]\n");
        assertRefused(
                "step 1 (line 1, column 3): 'gpt2-novels' isn't loaded yet: %ffmerge load gpt2-novels --as base",
                "- eval: gpt2-novels\n");
        assertDoesNotThrow(() -> check("- load: gpt2-novels\n- eval: gpt2-novels\n"), "its own name");
        assertRefused(
                "step 3 (line 7, column 3): no model is named 'small' when this step comes; there are base",
                LOADED + "- merge: base\n  window: 3-8\n  dry-run: true\n  as: small\n- eval: small\n");
    }

    @Test
    void aNameIsNotGivenToTwoThings() {
        String merged = LOADED + "- merge: base\n  window: 3-8\n  as: small\n";
        assertRefused(
                "step 3 (line 6, column 3): 'small' is a model's name; give the result of eval another: --as smallResult",
                merged + "- eval: base\n  as: small\n");
        assertRefused(
                "step 2 (line 3, column 3): 'base' is a model's name; give the result of eval another: --as baseResult",
                LOADED + "- {eval: base, as: base}\n");
        assertRefused(
                "step 2 (line 2, column 3): 'gpt2-novels' cannot be a Java variable's name; 'gpt2_novels' can",
                "- load: gpt2-novels\n- {eval: gpt2-novels, as: gpt2-novels}\n");
        assertRefused(
                "step 2 (line 3, column 3): 'class' cannot be a Java variable's name",
                LOADED + "- merge: base\n  as: class\n  window: 3-8\n");
        assertDoesNotThrow(() -> check(merged + "- drop: base\n  window: 3-4\n  as: small\n"), "takes its place");
        assertDoesNotThrow(
                () -> check(merged + "- {eval: small, as: score}\n- {eval: base, as: score}\n"), "takes its place");
        assertDoesNotThrow(() -> check(merged + "- unload: small\n- {eval: base, as: small}\n"));
    }

    @Test
    void aFolderThatIsThereIsNoPlaceToSave() {
        assertRefused(
                "step 2 (line 3, column 3): " + folder + " is already there; name another folder, or add --replace",
                LOADED + "- save: [base, " + folder + "]\n");
        assertDoesNotThrow(() -> check(LOADED + "- save: [base, " + folder + "]\n  replace: true\n"));
        assertDoesNotThrow(() -> check(LOADED + "- save: [base, " + folder.resolve("new") + "]\n"));
    }

    @Test
    void modelsAreGoneOnceTheyAreUnloaded() {
        String merged = LOADED + "- merge: base\n  window: 3-8\n  as: small\n";
        assertRefused(
                "step 4 (line 7, column 3): no model is named 'small' when this step comes; there are base",
                merged + "- unload: small\n- eval: small\n");
        assertRefused(
                "step 4 (line 7, column 3): no model is named 'base' when this step comes; none is loaded then",
                merged + "- unload: [base, small]\n- eval: base\n");
        assertDoesNotThrow(() -> check(LOADED + "- unload: base\n" + merged + "- eval: small\n"), "loaded anew");
    }

    @Test
    void whatStepsBeforeWillSayIsLeftToTheRun() {
        host.variables.put("best", "nonsense of an earlier cell");
        assertDoesNotThrow(() -> check(LOADED
                + "- sweep: base\n  length: 6\n  as: best\n"
                + "- merge: base\n  window: best\n  as: small\n"
                + "- eval: small\n  limit: \"{best.rows().size()}\"\n"));
        assertDoesNotThrow(() -> check(LOADED + "- run: others.yaml\n- eval: madeThere\n"));
        host.variables.put("n", 5);
        assertDoesNotThrow(() -> check(LOADED + "- eval: base\n  limit: n\n"));
        assertRefused(
                "step 2 (line 4, column 3): --limit is a whole number of at least 1; 'm' isn't; there is no Java variable"
                        + " 'm' either",
                LOADED + "- eval: base\n  limit: m\n");
    }

    @Test
    void linesInThePlaceOfStepsAreShownAsSteps() {
        assertRefused(
                "step 1 (line 1, column 3): 'load gpt2-novels --as base' is a line; a step is a command with its options below"
                        + " it, or in braces: - {load: gpt2-novels, as: base}",
                "- load gpt2-novels --as base\n- eval base\n");
        assertRefused(
                "step 2 (line 3, column 3): 'compare base small --dry-run --limit=3' is a line; a step is a command with its"
                        + " options below it, or in braces: - {compare: [base, small], dry-run: true, limit: 3}",
                LOADED + "- compare base small --dry-run --limit=3\n");
        assertRefused(
                "a recipe is a list of steps, each with a command: - load: gpt2-novels; this is a text from line 1 on: write"
                        + " each step like - {load: gpt2-novels, as: base}, a line each",
                "load gpt2-novels --as base\neval base\n");
        assertRefused(
                "a recipe is a list of steps, each with a command: - load: gpt2-novels; this is one mapping from line 1 on:"
                        + " begin each step with a hyphen, as in - {load: gpt2-novels, as: base}",
                "load: gpt2-novels\nas: base\n");
        assertRefused(
                "step 1 (line 1, column 3): a step begins with a command: - load: gpt2-novels",
                "- [load, gpt2-novels]\n");
    }

    /** However a text ends too early, it is said in one line where. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "model: m\nways: [drop",
                "model: m\nways: [drop\nsizes: [0.1]\n",
                "ways: [drop, {a: 1\n",
                "- {load: m, as: base\n",
                "- compare: [a, b\n- eval: a\n",
                "ways: ['drop\n",
                "ways:\n\t- drop\n",
                "ways: [drop]]\n",
            })
    void brokenYamlIsToldInOneLineWithItsPlace(String yaml) {
        String said = assertThrows(UserError.class, () -> check(yaml)).getMessage();
        assertEquals(1, said.lines().count(), said);
        assertTrue(said.matches("the YAML is broken at line \\d+, column \\d+: .*"), said);
        assertFalse(said.matches(".*(<|got :|com\\.|org\\.|StreamReadConstraints|START_).*"), said);
    }
}
