package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.UserError;
import ffmerge.architecture.Window;
import ffmerge.data.Split;
import ffmerge.merge.MergePlan;
import java.io.File;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ArgumentsTest {
    private static Arguments parse(String line, Map<String, Object> variables) {
        List<String> words = Arrays.asList(line.split(" "));
        return Arguments.parse(
                Commands.BUILT_IN.named(words.get(0)).spec(),
                words.subList(1, words.size()),
                Map.of(),
                name -> Optional.ofNullable(variables.get(name)));
    }

    @Test
    void anOptionIsReadAsItsType() {
        Arguments arguments = parse("sweep base --length 6 --limit 1_000 --anchor middle --memory 8GB", Map.of());
        assertEquals(1000, arguments.get(Options.LIMIT));
        assertEquals(MergePlan.Anchor.MIDDLE, arguments.get(Options.ANCHOR));
        assertEquals(8L << 30, arguments.get(Options.MEMORY));
        assertEquals(10_000, arguments.get(Options.TOKENS));
        assertEquals(Optional.empty(), arguments.given(Options.TOKENS));
        assertFalse(arguments.get(Options.DRY_RUN));
    }

    @Test
    void whatHoldsStandsWithVariablesAndDefaultsPutIn() {
        Arguments arguments = parse("eval base --limit n --data text", Map.of("n", 20, "text", "novels"));
        assertEquals(Map.of(), arguments.resolved(), "nothing was asked for yet");
        arguments.requireReadable();
        DataOptions.request(arguments, arguments.get(Options.split(Split.TEST)));
        assertEquals(20, arguments.get(Options.LIMIT));
        assertFalse(arguments.get(Options.DRY_RUN));
        Map<String, Object> resolved = arguments.resolved();
        assertEquals(20, resolved.get("limit"));
        assertEquals("novels", resolved.get("data"));
        assertEquals("test", resolved.get("split"));
        assertEquals("window", resolved.get("weighting"));
        assertEquals(false, resolved.get("dry-run"));
        assertFalse(resolved.containsKey("beams"), "that is for the model to say");
        assertEquals(4, arguments.get(Options.BEAMS, 4));
        assertEquals(4, arguments.resolved().get("beams"), "it has been asked for");
        arguments.used(Options.BEAMS, 1);
        arguments.used(Options.CONTEXT, 256);
        assertEquals(256, arguments.resolved().get("context"), "the model said it");
        arguments.used(Options.CONTEXT, 128);
        arguments.unused(Options.WEIGHTING);
        assertFalse(arguments.resolved().containsKey("context"), "another model said something else");
        assertFalse(arguments.resolved().containsKey("weighting"));
        Arguments all = parse("eval base", Map.of());
        assertEquals(Integer.MAX_VALUE, all.get(Options.LIMIT));
        assertEquals(Map.of(), all.resolved(), "no limit was used");
    }

    @Test
    void layersMayBeVariables() {
        Arguments arguments =
                parse("merge base --window best --window 8-9 --as small", Map.of("best", Window.parse("3-5")));
        List<List<Integer>> groups = List.of(List.of(3, 4, 5), List.of(8, 9));
        assertEquals(groups, Options.groups(arguments));
        assertEquals(groups, arguments.resolved().get("window"));
        Arguments one = parse("drop base --window 3-3 --as small", Map.of());
        Options.groups(one);
        assertEquals(List.of("3-3"), one.resolved().get("window"));
    }

    /** As a recipe would hold them that was made of a run in the log. */
    @Test
    void resolvedOptionsCanBeGivenAgain() {
        Map<String, List<String>> logged = Map.of(
                "window", List.of("3,4,5", "8,9"), "memory", List.of("3GB"), "methods", List.of("permute", "none"));
        CommandSpec merge = Commands.BUILT_IN.named("merge").spec();
        Arguments again = Arguments.parse(
                merge,
                List.of("base"),
                Map.of("window", logged.get("window"), "memory", logged.get("memory")),
                n -> Optional.empty());
        assertEquals(List.of(List.of(3, 4, 5), List.of(8, 9)), Options.groups(again));
        assertEquals(3L << 30, again.get(Options.MEMORY));
        assertEquals("3GB", again.resolved().get("memory"));
        Arguments sweep = Arguments.parse(
                Commands.BUILT_IN.named("sweep").spec(),
                List.of("base"),
                Map.of("methods", logged.get("methods")),
                n -> Optional.empty());
        Option<?> methods =
                Commands.BUILT_IN.named("sweep").spec().option("methods").orElseThrow();
        assertEquals(List.of("permute", "none"), sweep.get(methods));
        String nonAdjacent = assertThrows(
                        UserError.class, () -> Options.groups(parse("merge base --window 2,5", Map.of())))
                .getMessage();
        assertTrue(nonAdjacent.startsWith("a window is two layers joined by a hyphen"), nonAdjacent);
        assertEquals(
                "a window is two layers joined by a hyphen, as in 3-7; '4' isn't: one layer alone is --layers 4",
                assertThrows(UserError.class, () -> Options.groups(parse("drop base --window 4", Map.of())))
                        .getMessage());
    }

    @Test
    void whatCannotBeMeantIsRefusedUnderItsName() {
        Map<String, String> refusals = Map.of(
                "eval base --limit 0", "--limit is a whole number of at least 1; '0' isn't",
                "eval base --split tset", "--split is train, validation, test; 'tset' isn't",
                "tune base --rate -1", "--rate is a number of at least 0; '-1' isn't",
                "sweep base --memory much", "--memory is a size such as 500MB or 8GB; 'much' isn't");
        refusals.forEach((line, words) -> {
            Arguments arguments = parse(line, Map.of());
            String message =
                    assertThrows(UserError.class, arguments::requireReadable).getMessage();
            assertTrue(message.startsWith(words), message);
        });
    }

    @Test
    void everyDefaultIsOneOfTheValuesThatCanBeWritten() {
        for (CommandSpec spec : Commands.BUILT_IN.specs()) {
            for (Option<?> option : spec.options()) {
                String where = spec.name() + " --" + option.name();
                assertTrue(
                        option.preset().isEmpty()
                                || option.kind() == Option.Kind.FLAG
                                || option.kind() == Option.Kind.LIST
                                || !option.fallback().isEmpty(),
                        where);
                if (option.preset().isPresent() && !option.choices().isEmpty() && option.kind() == Option.Kind.TEXT) {
                    assertTrue(option.choices().contains(option.fallback()), where);
                }
            }
        }
    }

    /** Those who read help as JSON find what they found before options had types. */
    @Test
    void helpIsJsonOfTheSameFields() {
        JsonNode limit = new ObjectMapper().valueToTree(Options.LIMIT);
        assertEquals(
                "{\"name\":\"limit\",\"kind\":\"WHOLE_NUMBER\",\"placeholder\":\"N\",\"fallback\":\"all\","
                        + "\"help\":\"at most so many examples\",\"choices\":[]}",
                limit.toString());
    }

    @Test
    void aFileOfJavasIsTakenAsAPathIs() {
        Map<String, Object> variables = Map.of("{f}", new File("own", "cr.txt"), "{p}", Path.of("own", "cr.txt"));
        for (String word : List.of("{f}", "{p}")) {
            assertEquals(
                    Path.of("own", "cr.txt").toString(),
                    parse("eval base --data " + word, variables).get(Options.DATA),
                    word);
            assertEquals(
                    Path.of("own", "cr.txt").toString(),
                    parse("run " + word, variables).first(),
                    word);
        }
    }

    @Test
    void whatIsNullIsSaidToBe() {
        UserError mistake =
                assertThrows(UserError.class, () -> parse("eval {n}", Map.of()).first());
        assertEquals("{n} is null; give it a value first", mistake.getMessage());
    }

    /** A grid's sizes are what a notebook computes; what is rounded down takes no less than the fraction. */
    @Test
    void fractionsAreShares() {
        assertEquals(1. / 6, OptionValues.share("1/6"));
        assertEquals(0.25, OptionValues.share("0.25"));
        assertEquals(0.5, OptionValues.shareFromAbove("1/2"));
        assertEquals(Math.nextUp(1. / 3), OptionValues.shareFromAbove("1/3"));
        assertThrows(NumberFormatException.class, () -> OptionValues.shareFromAbove("1/0"));
    }
}
