package orders;

import dev.fireflytx.engine.SagaEngine;
import dev.fireflytx.engine.Stores;
import dev.fireflytx.engine.saga.ExecutableSaga;
import dev.fireflytx.engine.saga.Sagas;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * One engine for the life of the application.
 *
 * <p>Spring makes it after the sagas and all that they use, and before the web server takes requests; it closes it when the server has answered its
 * last one, and before the sagas.
 */
@Configuration
class EngineConfiguration {
    private static final Logger log = LoggerFactory.getLogger(EngineConfiguration.class);

    @Bean
    ExecutableSaga order(OrderSaga saga) {
        return Sagas.of(OrderSaga.class, () -> saga);
    }

    @Bean(destroyMethod = "close")
    SagaEngine engine(@Value("${orders.journal}") Path journal, List<ExecutableSaga> sagas) {
        SagaEngine engine = SagaEngine.builder().store(Stores.sqlite(journal)).build();
        engine.onParked(saga -> log.error("Order {} needs a person, at {}", saga.correlationId(), saga.steps()));
        sagas.forEach(engine::register); // what an earlier process has left goes on from here
        return engine;
    }
}
