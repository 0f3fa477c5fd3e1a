package ffmerge.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Scores are sacreBLEU's; resources/bleu/generate.py made the values. */
class CorpusBleuTest {
    private static JsonNode expected;

    @BeforeAll
    static void read() throws IOException {
        try (InputStream in = CorpusBleuTest.class.getResourceAsStream("/bleu/expected.json")) {
            expected = new ObjectMapper().readTree(in);
        }
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(text -> texts.add(text.asText()));
        return texts;
    }

    @ParameterizedTest
    @EnumSource(BleuTokenizer.class)
    void wordsAreCutAsTheReferenceCutsThem(BleuTokenizer tokenizer) {
        for (JsonNode sentence : expected.get("sentences")) {
            String text = sentence.get("text").asText();
            assertEquals(texts(sentence.get(tokenizer.label())), tokenizer.words(text), text);
        }
    }

    @ParameterizedTest
    @EnumSource(BleuTokenizer.class)
    void bleuIsTheReferences(BleuTokenizer tokenizer) {
        for (JsonNode corpus : expected.get("corpora")) {
            String name = corpus.get("name").asText();
            JsonNode score = corpus.get(tokenizer.label());
            CorpusBleu bleu =
                    CorpusBleu.of(texts(corpus.get("translations")), texts(corpus.get("references")), tokenizer);
            assertEquals(score.get("score").asDouble(), bleu.score(), 1e-9, name);
            assertEquals(score.get("bp").asDouble(), bleu.brevityPenalty(), 1e-12, name);
            assertEquals(score.get("words").asLong(), bleu.words(), name);
            assertEquals(score.get("referenceWords").asLong(), bleu.referenceWords(), name);
            assertEquals(score.get("signature").asText(), bleu.signature());
            for (int n = 0; n < 4; n++) {
                assertEquals(score.get("precisions").get(n).asDouble(), bleu.precisions()[n], 1e-9, name + " " + n);
            }
        }
    }

    @Test
    void chrFIsTheReferences() {
        for (JsonNode corpus : expected.get("corpora")) {
            ChrF chrF = ChrF.of(texts(corpus.get("translations")), texts(corpus.get("references")));
            assertEquals(
                    corpus.at("/chrF/score").asDouble(),
                    chrF.score(),
                    1e-9,
                    corpus.get("name").asText());
            assertEquals(corpus.at("/chrF/signature").asText(), chrF.signature());
        }
    }

    @Test
    void thereAreAsManyTranslationsAsReferences() {
        assertThrows(IllegalArgumentException.class, () -> CorpusBleu.of(List.of("a"), List.of(), BleuTokenizer.V13A));
        assertThrows(IllegalArgumentException.class, () -> ChrF.of(List.of("a"), List.of()));
    }

    @ParameterizedTest
    @CsvSource({"eng, 13a", "zho, zh", "zh, zh", "cmn_Hans, zh", "zza, 13a", "'', 13a"})
    void chineseIsCutByCharacter(String language, String label) {
        assertEquals(label, BleuTokenizer.forLanguage(language).label());
    }
}
