package ffmerge.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Scores are rouge_score's, stems NLTK's; resources/rouge/generate.py made the values. */
class RougeScoreTest {
    private static final double EXACT = 1e-12;

    private static JsonNode expected() throws IOException {
        try (InputStream in = RougeScoreTest.class.getResourceAsStream("/rouge/cases.json")) {
            return new ObjectMapper().readTree(in);
        }
    }

    @ParameterizedTest
    @EnumSource(RougeWords.class)
    void scoresAreThoseOfTheReferenceImplementation(RougeWords words) throws IOException {
        JsonNode cases = expected().get("cases");
        assertTrue(cases.size() > 100);
        for (JsonNode pair : cases) {
            RougeScore score = RougeScore.of(
                    pair.get("reference").asText(), pair.get("summary").asText(), words);
            JsonNode of = pair.get(words.name().toLowerCase(Locale.ROOT));
            assertEquals(of.get(0).asDouble(), score.rouge1(), EXACT, pair::toString);
            assertEquals(of.get(1).asDouble(), score.rouge2(), EXACT, pair::toString);
            assertEquals(of.get(2).asDouble(), score.rougeLsum(), EXACT, pair::toString);
        }
    }

    @Test
    void stemsAreThoseOfNltk() throws IOException {
        expected()
                .get("stems")
                .properties()
                .forEach(word ->
                        assertEquals(word.getValue().asText(), PorterStemmer.stem(word.getKey()), word.getKey()));
    }

    @Test
    void aTextIsItsOwnBestSummary() {
        SplittableRandom random = new SplittableRandom(0);
        for (int i = 0; i < 300; i++) {
            String text = text(random);
            String other = text(random);
            RougeScore own = RougeScore.of(text, text, RougeWords.WHOLE);
            int hasWords = text.isBlank() ? 0 : 1;
            assertEquals(hasWords, own.rouge1(), EXACT, text);
            assertEquals(hasWords, own.rougeLsum(), EXACT, text);
            RougeScore there = RougeScore.of(text, other, RougeWords.WHOLE);
            RougeScore back = RougeScore.of(other, text, RougeWords.WHOLE);
            assertEquals(there.rouge1(), back.rouge1(), EXACT, "words don't ask which text is the reference");
            assertEquals(there.rouge2(), back.rouge2(), EXACT);
            assertTrue(there.rougeLsum() <= there.rouge1() + EXACT, "common subsequences are common words");
        }
    }

    private static String text(SplittableRandom random) {
        StringBuilder text = new StringBuilder();
        random.ints(random.nextInt(40), 0, 7).forEach(i -> text.append("abcde \n".charAt(i)));
        return text.toString();
    }
}
