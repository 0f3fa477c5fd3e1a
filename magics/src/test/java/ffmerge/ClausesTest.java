package ffmerge;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClausesTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "nf5 is none | there is no variable | nf5 is none; there is no variable",
                "did you mean nf4? | there is no variable | did you mean nf4? There is no variable",
                "nf5 is none | '' | nf5 is none",
            })
    void aClauseBehindAQuestionBeginsASentence(String said, String clause, String whole) {
        assertEquals(whole, Clauses.join(said, clause));
    }
}
